-- Errors carry a number beside their names, as the service's do: it is older than the names, and
-- the official SDK reads nothing else.

local filters = require "util.filters";

local codes = { -- https://xmpp.org/extensions/xep-0086.html
	["bad-request"] = "400"; ["forbidden"] = "403"; ["item-not-found"] = "404";
	["not-acceptable"] = "406"; ["service-unavailable"] = "503";
};

local function with_code(stanza)
	if stanza.attr and stanza.attr.type == "error" then
		local _, condition = stanza:get_error();
		local told = stanza:get_child("error");
		if told and codes[condition] then
			told.attr.code = codes[condition];
		end
	end
	return stanza;
end

local function watch(session)
	filters.add_filter(session, "stanzas/out", with_code);
end

function module.load()
	filters.add_filter_hook(watch);
end

function module.unload()
	filters.remove_filter_hook(watch);
end
