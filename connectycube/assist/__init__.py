"""
What a feature built on a language model needs besides the model, which is the caller's own.

History that is bounded and stays unread, transcripts without personal data, summaries that are
kept until the dialog changes, and one run for all who ask at once. Nothing leaves this package but
to the async function that the caller gives, and nothing reaches that before a redactor saw it.
"""

from connectycube.assist.history import collect_history, collect_senders
from connectycube.assist.redaction import Redactor, mask_private
from connectycube.assist.single_flight import SingleFlight
from connectycube.assist.summaries import Summaries
from connectycube.assist.tone import Model, rewrite
from connectycube.assist.transcript import format_transcript

__all__ = [
    "Model",
    "Redactor",
    "SingleFlight",
    "Summaries",
    "collect_history",
    "collect_senders",
    "format_transcript",
    "mask_private",
    "rewrite",
]
