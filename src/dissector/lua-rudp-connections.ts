/**
 * The Lua that follows connections of reliable UDP.
 *
 * Numbers are sent as their lowest bytes. What they are is worked out once, when a packet is seen first, in the order of
 * the capture, and kept: Wireshark looks at packets again in any order.
 */

export const CONNECTIONS: string = `
local NUMBERS_END = 2 ^ 48

-- The number nearest to the expected one whose lowest bytes are these (RFC 9000 section A.3).
local function expand(truncated, bytes, expected)
  local window = 256 ^ bytes
  local distance = truncated - expected % window
  local near = expected + distance
  if distance > window / 2 and near >= window then
    near = near - window
  elseif distance <= -window / 2 and near < NUMBERS_END - window then
    near = near + window
  end
  return math.floor(near)
end

local connections, ends, memory = 0, {}, {}

-- One direction of a connection: what is counted by who sends.
local function new_side()
  return { expected = 0, packets = {}, channels = {}, sent = {}, partial = {} }
end

local function new_connection()
  local connection = { index = connections, to_server = new_side(), to_client = new_side() }
  connections = connections + 1
  return connection
end

-- The connection that a packet to this id belongs to, and its direction.
local function know(id, connection, is_to_server, frame)
  local known = { connection = connection, is_to_server = is_to_server, since = frame }
  ends[id] = known
  return known
end

-- A client repeats INIT; with another nonce it is another connection.
local function know_client(id, nonce, frame)
  local known = ends[id]
  if known and known.connection.nonce == nonce then return known end
  local connection = new_connection()
  connection.nonce = nonce
  return know(id, connection, false, frame)
end

-- What follows from the packets before: computed when a packet is seen first, remembered from then on.
local Memory = {}
Memory.__index = Memory

local function memory_of(pinfo, tvb)
  local key = whole(pinfo.number) .. "/" .. whole(tvb:offset())
  local list = memory[key]
  local is_fresh = list == nil
  if is_fresh then
    list = {}
    memory[key] = list
  end
  return setmetatable({ list = list, at = 0, is_fresh = is_fresh }, Memory)
end

function Memory:once(compute)
  self.at = self.at + 1
  if self.list[self.at] == nil then
    if not self.is_fresh then return {} end
    self.list[self.at] = compute()
  end
  return self.list[self.at]
end

local function note_packet(side, number, pinfo)
  local first = side.packets[number]
  if first == nil then
    side.packets[number] = { frame = pinfo.number, time = pinfo.rel_ts }
    if number >= side.expected then side.expected = number + 1 end
  end
  return first and first.frame or nil
end
`;
