/**
 * The Lua that walks the frames of reliable UDP, but for MESSAGE.
 */

export const FRAMES: string = `
function WALK.PADDING(reader, tree)
  local start = reader.at - 1
  while reader:remaining() > 0 and reader.at < reader.tvb:len() and reader.tvb(reader.at, 1):uint() == FRAME_PADDING do
    reader:skip(1)
  end
  local count = reader.at - start
  tree:add(RF["padding.count"], reader.tvb(start, count), count)
  return "PADDING " .. whole(count)
end

function WALK.PING()
  return "PING"
end

local function show_range(reader, tree, start, from, to)
  local item = tree:add(reader.tvb(start, reader.at - start), "Received: " .. whole(from) .. (from == to and "" or " to " .. whole(to)))
  item:add(RF["ack.from"], uint64(from)):set_generated()
  item:add(RF["ack.to"], uint64(to)):set_generated()
  return item
end

-- The packet that the largest number names, where the capture has it.
local function show_acknowledged(packet, tree, note)
  if note.frame == nil then return end
  tree:add(RF["ack.frame"], note.frame):set_generated()
  tree:add(RF["ack.time"], NSTime.new(math.floor(note.ns / 1000000000), note.ns % 1000000000)):set_generated()
end

function WALK.ACK(reader, tree, packet, type)
  local sent, sent_range = reader:uint(4)
  put(tree, RF["ack.largest.sent"], sent_range)
  local other, pinfo = packet.other_side, packet.pinfo
  local note = packet.memory:once(function()
    local largest = other and expand(sent, 4, other.expected) or sent
    local acknowledged = other and other.packets[largest]
    if acknowledged == nil then return { largest = largest } end
    local ns = math.floor((pinfo.rel_ts - acknowledged.time) * 1000000000 + 0.5)
    return { largest = largest, frame = acknowledged.frame, ns = math.max(0, ns) }
  end)
  local largest = note.largest or sent
  tree:add(RF["ack.largest"], sent_range, uint64(largest)):set_generated()
  local delay, delay_range = reader:varint()
  if delay > MOST_SAFE / ACK_DELAY_UNIT_US then
    tree:add(RF["ack.delay"], delay_range, uint64(MOST_SAFE)):append_text(" or more")
  else
    tree:add(RF["ack.delay"], delay_range, uint64(delay * ACK_DELAY_UNIT_US))
  end
  local further, further_range = reader:u8()
  put(tree, RF["ack.count"], further_range)
  if further >= MOST_ACK_RANGES then
    fail(whole(further + 1) .. " ranges, at most " .. whole(MOST_ACK_RANGES) .. " are allowed")
  end
  local to, told = largest, {}
  for index = 0, further do
    local start, gap_range, gap_shown = reader.at, nil, nil
    if index > 0 then
      local gap
      gap, gap_range, gap_shown = reader:varint()
      to = to - gap - 2
    end
    local length, length_range, length_shown = reader:varint()
    local from = to - length
    if from < 0 then fail("a range that begins before packet 0") end
    local item = show_range(reader, tree, start, from, to)
    if gap_range then put(item, RF["ack.gap"], gap_range, gap_shown) end
    put(item, RF["ack.length"], length_range, length_shown)
    table.insert(told, 1, whole(from) .. (from == to and "" or "-" .. whole(to)))
    to = from
  end
  local words = "ACK " .. table.concat(told, " ")
  if type ~= FRAME_ACK then
    local repaired, range, shown = reader:varint()
    put(tree, RF["ack.repaired"], range, shown)
    words = words .. ", " .. whole(repaired) .. " repaired"
  end
  show_acknowledged(packet, tree, note)
  return words
end

function WALK.PATH_CHALLENGE(reader, tree)
  put(tree, RF["path_challenge.data"], reader:skip(PATH_DATA_BYTES))
  return "PATH_CHALLENGE"
end

function WALK.PATH_RESPONSE(reader, tree)
  put(tree, RF["path_response.data"], reader:skip(PATH_DATA_BYTES))
  return "PATH_RESPONSE"
end

function WALK.CLOSE(reader, tree)
  local code, code_range, code_shown = reader:varint()
  put(tree, RF["close.code"], code_range, code_shown)
  local length, length_range = reader:u8()
  put(tree, RF["close.reason.length"], length_range)
  local reason, range = reader:utf8(length)
  put(tree, RF["close.reason"], range, reason)
  local words = "CLOSE " .. whole(code) .. " (" .. (reason ~= "" and shortened(reason) or CLOSE_CODES[code] or "unknown") .. ")"
  tree:add_proto_expert_info(RX.close, words)
  return words
end

function WALK.MAX_DATA(reader, tree)
  local limit, range, shown = reader:varint()
  put(tree, RF["max_data.limit"], range, shown)
  return "MAX_DATA " .. whole(limit)
end

function WALK.END(reader, tree)
  local messages, range, shown = reader:varint()
  put(tree, RF["end.messages"], range, shown)
  return "END after " .. whole(messages)
end

function WALK.REPAIR(reader, tree, packet, type)
  local type_range = reader.tvb(reader.at - 1, 1)
  packet.type_item:add(RF["repair.equal_lengths"], type_range)
  packet.type_item:add(RF["repair.window"], type_range)
  local least = bit.band(type, REPAIR_EQUAL) ~= 0 and 1 or SOURCE_LENGTH_BYTES
  if reader:remaining() < least then fail("a symbol that is too short") end
  put(tree, RF["repair.symbol"], reader:skip(reader:remaining()))
  local window = 1 + bit.band(type, REPAIR_WINDOW)
  if packet.number == nil or packet.number == 0 then return "REPAIR" end
  local from, to = math.max(0, packet.number - window), packet.number - 1
  tree:add(RF["repair.from"], uint64(from)):set_generated()
  tree:add(RF["repair.to"], uint64(to)):set_generated()
  return "REPAIR of " .. whole(from) .. (from == to and "" or "-" .. whole(to))
end

-- What a packet without a number may hold.
local UNNUMBERED = { PADDING = true, ACK = true, PATH_CHALLENGE = true, PATH_RESPONSE = true, CLOSE = true }

-- The frames to the end of the packet; tells each in packet.told.
local function walk_rudp_frames(reader, packet, source)
  local frames_start = reader.at
  local covered_from, covered_to = reader.at, reader.at
  while reader:remaining() > 0 do
    local start = reader.at
    local type, type_range = reader:u8()
    local name = FRAME_NAMES[type]
    if name == nil then fail(string.format("an unknown frame type, 0x%02x", type)) end
    if source == "unnumbered" and not UNNUMBERED[name] then fail(name .. " in a packet without a number") end
    if name == "ACK" and start ~= frames_start then fail("an ACK that is not the first frame of its packet") end
    local tree = packet.tree:add(type_range, name)
    packet.type_item = put(tree, RF["frame"], type_range)
    local words = WALK[name](reader, tree, packet, type)
    tree:set_text(words)
    tree:set_len(reader.at - start)
    packet.told[#packet.told + 1] = words
    if name == "ACK" then
      covered_from, covered_to = reader.at, reader.at
    elseif name ~= "REPAIR" and name ~= "PADDING" then
      covered_to = reader.at
    end
  end
  if source == "numbered" and covered_to > covered_from then
    packet.tree:add(RF["protected"], reader.tvb(covered_from, covered_to - covered_from), covered_to - covered_from):set_generated()
  end
end
`;
