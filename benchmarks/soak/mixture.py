"""The faults, all of them at once: which share of the requests meets each."""

from connectycube.emulator import Service


def stir(service: Service, *, seed: int, scale: float, second: float) -> None:
    """
    Script every fault anew.

    No fault here makes the service lie: what it answers instead of its work is an error, or a body
    that the call cannot take for a success. Content of files has no checksum, so it is not spoiled.

    Args:
        seed: of the dice that the faults throw.
        scale: how many times the usual share of requests is met.
        second: how long a second lasts; on a real line less.
    """
    faults = service.faults
    faults.clear()
    faults.seed(seed)

    def one_in(number: float) -> float:
        return min(1.0, scale / number)

    faults.delay(0.0, up_to=0.4 * second, probability=0.6)
    faults.delay(1.0 * second, up_to=20.0 * second, probability=one_in(100))
    faults.expire(probability=one_in(100), origin="api")

    faults.rate_limit(probability=one_in(150))
    faults.rate_limit(1 if second == 1 else 0, probability=one_in(300))
    faults.rate_limit(2, as_date=True, probability=one_in(500 / second))
    faults.rate_limit(40, probability=one_in(1000))
    for code, share in ((500, 250), (502, 300), (503, 250), (504, 300), (400, 1000)):
        faults.status(code, probability=one_in(share))
    faults.status(503, headers={"Retry-After": "1"}, probability=one_in(500 / second))

    faults.hang(probability=one_in(500))
    faults.drop(probability=one_in(250))
    faults.drop(read=False, probability=one_in(300))
    faults.drop(processed=True, probability=one_in(250))
    faults.cut(at=0.0, probability=one_in(500))
    faults.cut(probability=one_in(300))
    faults.stall(probability=one_in(500))
    faults.stall(at=0.1, seconds=3.0 * second, probability=one_in(500))
    faults.drip(0.05 * second, size=32, probability=one_in(300))

    faults.garble(origin="api", probability=one_in(500))
    faults.garble(spoiled="json", origin="api", probability=one_in(500))
    faults.mistype(origin="api", probability=one_in(300))
    faults.mistype(body="<html>sorry</html>", origin="api", probability=one_in(1000))
    faults.redirect(f"{service.store_url}/nowhere", origin="api", probability=one_in(700))
    faults.huge(2, status=503, probability=one_in(2000))
    faults.huge(1, method="GET", path="/users/v2", probability=one_in(1000))
    faults.huge(17, method="GET", path="/users/v2", probability=one_in(2000))
    faults.huge(17, gzip=True, method="GET", path="/session", probability=one_in(200))
