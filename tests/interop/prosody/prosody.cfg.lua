-- A server for one test. What differs from one to the next is put in for the names in capitals.

run_as_root = true -- in a container, where it is nobody special
daemonize = false
plugin_paths = { "@PLUGINS@", "/usr/lib/prosody/modules" }
data_path = "@FOLDER@"
certificates = "@FOLDER@"
storage = "memory"
log = { info = "*console" }

modules_enabled = {
	"carbons", "cube_error_codes", "disco", "offline", "ping", "presence", "privacy_lists", "roster",
	"saslauth", "smacks", "tls", "websocket",
}
modules_disabled = { "s2s" }

interfaces = { "127.0.0.1" }
c2s_ports = { @PLAIN@ }
c2s_direct_tls_ports = { @TLS@ }
http_ports = { @WEBSOCKET@ }
https_ports = { @WEBSOCKET_TLS@ }
http_interfaces = { "127.0.0.1" }
https_interfaces = { "127.0.0.1" }
ssl = { certificate = "@FOLDER@/server.pem", key = "@FOLDER@/server.key" }
http_default_host = "@DOMAIN@"

-- Lines without TLS never leave this machine.
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
consider_websocket_secure = true

VirtualHost "@DOMAIN@"
	authentication = "cube"
	cube_service = "@SERVICE@"
	cube_app_id = @APP_ID@
	cube_auth_key = "@AUTH_KEY@"
	cube_logins = { @LOGINS@ }

Component "muc.@DOMAIN@" "muc"
	modules_enabled = { "cube_occupants" }
	muc_room_locking = false
	muc_room_default_history_length = 0
	max_history_messages = 0
