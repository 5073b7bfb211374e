-- PLAIN, where the REST service decides: a user's password opens the chat, and so does the token
-- of a live session of that user's. Nothing is kept here, not even who the users are.
--
--   cube_service   address of the REST service
--   cube_app_id    the application, whose authorization key is cube_auth_key
--   cube_logins    logins by user id: the service knows passwords by logins alone

local async = require "util.async";
local http = require "net.http";
local json = require "util.json";
local sasl = require "util.sasl";

local service = module:get_option_string("cube_service");
local app_id = module:get_option_number("cube_app_id");
local auth_key = module:get_option_string("cube_auth_key");
local logins = module:get_option("cube_logins", {});

local provider = {};

-- Ask for a session; return the id of its user, if there is any.
local function user_of(options)
	options.headers = options.headers or {};
	options.headers["Accept"] = "application/json";
	local response = async.wait_for(http.request(service .. "/session.json", options));
	if not response or response.code < 200 or response.code > 299 then
		return nil;
	end
	local answer = json.decode(response.body);
	return answer and answer.session and tonumber(answer.session.user_id);
end

local function by_token(user_id, token)
	-- What is no token must not get into a header.
	return token:match("^[%w._-]+$")
		and user_of({ headers = { ["CB-Token"] = token } }) == tonumber(user_id);
end

local function by_password(user_id, password)
	local login = logins[user_id];
	return login and user_of({
		method = "POST";
		headers = { ["Content-Type"] = "application/json" };
		body = json.encode({
			application_id = app_id; auth_key = auth_key;
			user = { login = login; password = password };
		});
	}) == tonumber(user_id);
end

local function user_id_in(account)
	local user_id, app = account:match("^(%d+)%-(%d+)$");
	return tonumber(app) == app_id and user_id or nil;
end

function provider.test_password(account, password)
	local user_id = user_id_in(account);
	return user_id and (by_token(user_id, password) or by_password(user_id, password)) or false;
end

-- Who is away gets messages later; the service alone could say who was never there.
function provider.user_exists(account)
	return user_id_in(account) ~= nil;
end

function provider.get_sasl_handler()
	return sasl.new(module.host, {
		plain_test = function (_, account, password)
			return provider.test_password(account, password), true;
		end;
	});
end

module:provides("auth", provider);
