-- Tells who is in a room to those who are in it; Prosody itself tells nobody.

local jid = require "util.jid";
local st = require "util.stanza";

local items = "http://jabber.org/protocol/disco#items";
local muc = module:depends("muc");

module:hook("iq-get/bare/" .. items .. ":query", function (event)
	local stanza = event.stanza;
	local room = muc.get_room_from_jid(jid.bare(stanza.attr.to));
	if not room or not room:get_occupant_by_real_jid(stanza.attr.from) then
		return; -- the usual answer
	end
	local reply = st.reply(stanza):query(items);
	for nick in room:each_occupant() do
		reply:tag("item", { jid = nick }):up();
	end
	event.origin.send(reply);
	return true;
end, 1);
