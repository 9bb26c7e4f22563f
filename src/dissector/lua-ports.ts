/**
 * The Lua that offers both dissectors for ports: the preferences, and "Decode As".
 */

export const PORTS: string = `
-- On its ports a protocol takes whatever comes; everywhere else the first packets are recognised.

local tcp_ports, udp_ports = DissectorTable.get("tcp.port"), DissectorTable.get("udp.port")
tcp_ports:add_for_decode_as(sensewire)
udp_ports:add_for_decode_as(sensewire)
udp_ports:add_for_decode_as(swrudp)

local MOST_PORT = 65535
sensewire.prefs.tcp_ports = Pref.range("TCP ports", "", "Ports whose streams are telemetry, such as 50010 or 50010-50019,60000", MOST_PORT)
sensewire.prefs.udp_ports = Pref.range("UDP ports", "", "Ports whose datagrams are telemetry", MOST_PORT)
swrudp.prefs.udp_ports = Pref.range("UDP ports", "", "Ports whose datagrams are reliable UDP", MOST_PORT)

-- Gives a function that moves a protocol from the ports it had to those it has.
local function port_keeper(ports, protocol)
  local now = ""
  return function(wanted)
    wanted = wanted or ""
    if wanted == now then return end
    if now ~= "" then ports:remove(now, protocol) end
    if wanted ~= "" then ports:add(wanted, protocol) end
    now = wanted
  end
end

local keep_tcp, keep_udp = port_keeper(tcp_ports, sensewire), port_keeper(udp_ports, sensewire)
local keep_rudp = port_keeper(udp_ports, swrudp)

function sensewire.prefs_changed()
  keep_tcp(sensewire.prefs.tcp_ports)
  keep_udp(sensewire.prefs.udp_ports)
end

function swrudp.prefs_changed()
  keep_rudp(swrudp.prefs.udp_ports)
end

-- A new capture begins with nothing known.
function sensewire.init()
  sessions = {}
end

function swrudp.init()
  connections, ends, memory = 0, {}, {}
end
`;
