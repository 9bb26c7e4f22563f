/**
 * The Lua that walks what stands in front of the frames of long packets: INIT, RETRY, ACCEPT, RESET, VERSION.
 */

export const LONG_PACKETS: string = `
-- Ids and ranges of parameters are as parameters.ts has them.
local function walk_parameters(reader, tree)
  local length, range = reader:u8()
  put(tree, RF["parameters.length"], range)
  local finish, seen = reader.at + length, {}
  while reader.at < finish do
    local id, id_range = reader:u8()
    local item = put(tree, RF["parameter.id"], id_range)
    local size, size_range = reader:u8()
    put(item, RF["parameter.length"], size_range)
    local stop = reader.at + size
    if stop > finish then fail("a parameter beyond the end of the parameters") end
    local known = PARAMETERS[id]
    if known then
      local value, value_range, shown = reader:varint()
      put(item, RF["parameter.value"], value_range, shown)
      item:append_text(": " .. whole(value))
      if reader.at ~= stop or seen[id] then fail("a parameter that is damaged or told twice") end
      if value < known[1] or value > known[2] then
        fail("a parameter of " .. whole(value) .. "; it goes from " .. whole(known[1]) .. " to " .. whole(known[2]))
      end
      seen[id] = true
    elseif size > 0 then
      put(item, RF["parameter.bytes"], reader:skip(size))
    end
  end
end

local function walk_version(reader, tree)
  local version, range = reader:u8()
  put(tree, RF["version"], range)
  return version
end

local function want_version(reader, tree)
  local version = walk_version(reader, tree)
  if version ~= RUDP_VERSION then fail("version " .. whole(version) .. ", " .. whole(RUDP_VERSION) .. " was asked for") end
end

local function walk_bytes(reader, tree, name, count)
  local bytes, range = reader:bytes(count)
  put(tree, RF[name], range)
  return bytes:tohex()
end

local function show_connection(packet, known, is_to_server)
  local tree = packet.tree
  tree:add(RF["connection"], known.connection.index):set_generated()
  if is_to_server ~= nil then tree:add(RF["from_client"], is_to_server):set_generated() end
  packet.connection = known.connection
  packet.is_to_server = is_to_server
  local to_server, to_client = known.connection.to_server, known.connection.to_client
  packet.side, packet.other_side = to_client, to_server
  if is_to_server then packet.side, packet.other_side = to_server, to_client end
end

local function show_number(packet, compute)
  local tree, pinfo = packet.tree, packet.pinfo
  local note = packet.memory:once(function()
    local number = compute()
    return { number = number, first = note_packet(packet.side, number, pinfo) }
  end)
  packet.number = note.number
  if note.first then
    tree:add(RF["number.first_frame"], note.first):set_generated()
    tree:add_proto_expert_info(RX.repeated, "packet " .. whole(note.number) .. " came before, in frame " .. whole(note.first))
  end
end

-- Each sets packet.head, what the packet is in a few words.
local LONG = {}

function LONG.INIT(reader, packet, id)
  local tree = packet.tree
  local version = walk_version(reader, tree)
  local nonce = walk_bytes(reader, tree, "nonce", NONCE_BYTES)
  if version ~= RUDP_VERSION then
    if reader:remaining() > 0 then put(tree, RF["undecoded"], reader:skip(reader:remaining())) end
    packet.head = "INIT of version " .. whole(version)
    return
  end
  local known = packet.memory:once(function() return know_client(id, nonce, packet.pinfo.number) end)
  if known.connection then show_connection(packet, known, true) end
  local length, range = reader:u8()
  put(tree, RF["cookie.length"], range)
  if length > 0 then put(tree, RF["cookie"], reader:skip(length)) end
  walk_parameters(reader, tree)
  if length == 0 then
    reader:done()
    packet.head = "INIT: asks for a connection"
    return
  end
  local number, number_range, shown = reader:varint()
  put(tree, RF["number"], number_range, shown)
  if number >= NUMBERS_END then fail("a packet number from 2^48 on") end
  show_number(packet, function() return number end)
  packet.head = "INIT with cookie, #" .. whole(number)
  walk_rudp_frames(reader, packet, "numbered")
end

function LONG.RETRY(reader, packet)
  want_version(reader, packet.tree)
  walk_bytes(reader, packet.tree, "nonce", NONCE_BYTES)
  walk_bytes(reader, packet.tree, "cookie", COOKIE_BYTES)
  reader:done()
  packet.head = "RETRY: come again with this cookie"
end

function LONG.ACCEPT(reader, packet, id)
  want_version(reader, packet.tree)
  local server, range = reader:uint(4)
  put(packet.tree, RF["server"], range)
  walk_bytes(reader, packet.tree, "reset_token", TOKEN_BYTES)
  walk_parameters(reader, packet.tree)
  local known = packet.memory:once(function()
    local known = ends[id] or know(id, new_connection(), false, packet.pinfo.number)
    local before = ends[server]
    if before == nil or before.connection ~= known.connection then
      know(server, known.connection, true, packet.pinfo.number)
    end
    return known
  end)
  if known.connection then show_connection(packet, known, false) end
  packet.head = string.format("ACCEPT from %08x", server)
  walk_rudp_frames(reader, packet, "unnumbered")
end

function LONG.RESET(reader, packet)
  walk_bytes(reader, packet.tree, "reset_token", TOKEN_BYTES)
  reader:done()
  packet.tree:add_proto_expert_info(RX.reset, "RESET: the sender knows no such connection")
  packet.head = "RESET: no such connection"
end

function LONG.VERSION(reader, packet)
  walk_bytes(reader, packet.tree, "nonce", NONCE_BYTES)
  local count, range = reader:u8()
  put(packet.tree, RF["versions.count"], range)
  local versions = {}
  for index = 1, count do
    local version, version_range = reader:u8()
    put(packet.tree, RF["versions.version"], version_range)
    versions[index] = whole(version)
  end
  reader:done()
  packet.head = "VERSION: speaks " .. table.concat(versions, ", ")
end
`;
