/**
 * The Lua that walks a packet of reliable UDP as a whole, and recognises one.
 */

export const PACKETS: string = `
local function walk_long(reader, packet)
  local tree = packet.tree
  local first, range = reader:u8()
  put(tree, RF["type"], range)
  local id, id_range = reader:uint(4)
  local id_item = put(tree, RF["receiver"], id_range)
  local name = LONG_TYPES[first]
  if name == "INIT" then id_item:append_text(", the client's own") end
  if name == nil then fail(string.format("an unknown long packet, 0x%02x", first)) end
  if name ~= "INIT" and name ~= "ACCEPT" then
    local known = packet.memory:once(function() return ends[id] or {} end)
    if known.connection then show_connection(packet, known, known.is_to_server) end
  end
  packet.head = name
  LONG[name](reader, packet, id)
end

local function show_flags(tree, range, flags)
  local item = put(tree, RF["flags"], range)
  for _, name in ipairs({ "long", "ask_now", "numbered", "number_bytes", "reserved" }) do
    item:add(RF["flags." .. name], range)
  end
  local words = {}
  if bit.band(flags, SHORT_ASK_NOW) ~= 0 then words[#words + 1] = "acknowledge at once" end
  words[#words + 1] = bit.band(flags, SHORT_NUMBERED) ~= 0 and "numbered" or "not numbered"
  item:append_text(", " .. table.concat(words, ", "))
end

local function walk_short(reader, packet)
  local tree = packet.tree
  local flags, range = reader:u8()
  show_flags(tree, range, flags)
  local is_numbered = bit.band(flags, SHORT_NUMBERED) ~= 0
  local length_bits = bit.band(flags, SHORT_NUMBER_BYTES)
  if bit.band(flags, SHORT_RESERVED) ~= 0 or (not is_numbered and length_bits ~= 0) then
    fail("reserved bits that are not 0")
  end
  local id, id_range = reader:uint(4)
  put(tree, RF["receiver"], id_range)
  local known = packet.memory:once(function() return ends[id] or know(id, new_connection(), nil, packet.pinfo.number) end)
  if known.connection then show_connection(packet, known, known.is_to_server) end
  local head = "unnumbered"
  if is_numbered then
    local bytes = 1 + math.floor(length_bits / SHORT_NUMBER_UNIT)
    local sent, sent_range = reader:uint(bytes)
    put(tree, RF["number.sent"], sent_range)
    show_number(packet, function() return expand(sent, bytes, packet.side.expected) end)
    if packet.number then
      tree:add(RF["number"], sent_range, uint64(packet.number)):set_generated()
      head = "#" .. whole(packet.number)
    end
  end
  packet.head = bit.band(flags, SHORT_ASK_NOW) ~= 0 and head .. " A" or head
  walk_rudp_frames(reader, packet, is_numbered and "numbered" or "unnumbered")
end

local function dissect_rudp(tvb, pinfo, root)
  if tvb:len() == 0 then return 0 end
  local tree = root:add(swrudp, tvb())
  local reader = new_reader(tvb, 0, tvb:reported_len())
  local memory = memory_of(pinfo, tvb)
  local packet = { tree = tree, root = root, pinfo = pinfo, memory = memory, head = "packet", told = {} }
  local problem = problem_of(function()
    local walk = tvb(0, 1):uint() >= SHORT_LONG and walk_long or walk_short
    walk(reader, packet)
  end)
  if problem then
    show_problem(problem, tree, RX, RF["undecoded"], reader)
    packet.told[#packet.told + 1] = problem.is_cut and "cut" or "malformed"
  end
  local told = joined(packet.told)
  local who = packet.is_to_server == nil and "" or packet.is_to_server and "client " or "server "
  local summary = who .. packet.head .. (told == "" and "" or ": " .. told)
  tree:set_text("Sensewire Reliable UDP, " .. summary)
  tell(pinfo, "SWRUDP", summary)
  return tvb:len()
end

swrudp.dissector = dissect_rudp

-- True where parameters of a known form go from tvb[at) to within the datagram; gives where they end.
local function parameters_end(tvb, at)
  if at >= tvb:len() then return nil end
  local finish = at + 1 + tvb(at, 1):uint()
  if finish > tvb:len() then return nil end
  at = at + 1
  while at < finish do
    if at + 2 > finish then return nil end
    at = at + 2 + tvb(at + 1, 1):uint()
  end
  return at == finish and at or nil
end

local LOOK = {}

function LOOK.INIT(tvb, size, known)
  if tvb:len() < 16 or tvb(5, 1):uint() ~= RUDP_VERSION then return false end
  if known then return true end
  local cookie = tvb(14, 1):uint()
  if cookie ~= 0 and cookie ~= COOKIE_BYTES then return false end
  local finish = parameters_end(tvb, 15 + cookie)
  return finish ~= nil and (cookie == 0 and finish == size or cookie > 0 and finish < size)
end

function LOOK.RETRY(tvb, size)
  return tvb:len() > 5 and size == 14 + COOKIE_BYTES and tvb(5, 1):uint() == RUDP_VERSION
end

function LOOK.ACCEPT(tvb, size, known)
  return size >= 27 and tvb:len() > 5 and tvb(5, 1):uint() == RUDP_VERSION and (known ~= nil or parameters_end(tvb, 26) ~= nil)
end

function LOOK.RESET(_, size, known)
  return size == 21 and known ~= nil
end

function LOOK.VERSION(tvb, size, known)
  return known ~= nil and tvb:len() > 13 and size == 14 + tvb(13, 1):uint()
end

-- Long packets by their form, short ones and answers by an id that a long one has told before.
local function looks_like_packet(tvb, pinfo)
  local size = tvb:reported_len()
  if tvb:len() < 5 then return false end
  local first = tvb(0, 1):uint()
  local known = ends[tvb(1, 4):uint()]
  if known and known.since > pinfo.number then known = nil end
  if first < SHORT_LONG then return known ~= nil and bit.band(first, SHORT_RESERVED) == 0 end
  local look = LOOK[LONG_TYPES[first]]
  return look ~= nil and look(tvb, size, known)
end

swrudp:register_heuristic("udp", function(tvb, pinfo, root)
  if not looks_like_packet(tvb, pinfo) then return false end
  pinfo.conversation = swrudp
  dissect_rudp(tvb, pinfo, root)
  return true
end)
`;
