/**
 * The Lua that walks MESSAGE: its number in its channel, fragments put together, the telemetry that it carries.
 */

export const MESSAGES: string = `
-- Fragments of one message: pieces that do not overlap, in order. A fragment that goes again may be cut elsewhere.
local function add_piece(partial, from, bytes)
  local pieces, to, at = partial.pieces, from + #bytes, from
  local low, high = 1, #pieces + 1
  while low < high do
    local middle = math.floor((low + high) / 2)
    if pieces[middle].to > from then high = middle else low = middle + 1 end
  end
  while at < to do
    local next = pieces[low]
    local stop = next and math.min(next.from, to) or to
    if at < stop then
      table.insert(pieces, low, { from = at, to = stop, bytes = bytes:sub(at - from + 1, stop - from) })
      partial.have = partial.have + stop - at
      low = low + 1
    end
    if next == nil then return end
    at = math.max(at, next.to)
    low = low + 1
  end
end

-- The whole message, where this fragment completes it.
local function put_together(side, key, frame, bytes)
  local partial = side.partial[key]
  if partial == nil then
    partial = { total = frame.total, have = 0, fragments = 0, pieces = {} }
    side.partial[key] = partial
  end
  if partial.is_done or partial.total ~= frame.total or #partial.pieces >= MOST_PIECES then return nil end
  partial.fragments = partial.fragments + 1
  add_piece(partial, frame.offset, bytes)
  if partial.have < partial.total then return nil end
  local all = {}
  for index, piece in ipairs(partial.pieces) do all[index] = piece.bytes end
  partial.is_done, partial.pieces = true, nil
  return { bytes = table.concat(all), fragments = partial.fragments }
end

-- How each frame is walked; gives it in a few words.
local WALK = {}

local function walk_channel(reader, tree)
  local channel, range = reader:u8()
  local item = put(tree, RF["message.channel"], range)
  item:add(RF["message.kind"], range)
  item:add(RF["message.id"], range)
  if channel >= 0xc0 then fail("a channel of an unknown kind") end
  return channel
end

-- The message's number in its channel: sent as its lowest bytes, or one more than that of the MESSAGE before.
local function walk_sequence(reader, tree, packet, frame)
  local sent, range
  if not frame.is_chained then
    sent, range = reader:uint(frame.sequence_bytes)
    put(tree, RF["message.sequence.sent"], range)
  end
  frame.sent, frame.sequence_range = sent, range
end

-- Worked out when the frame is known to be whole.
local function note_message(packet, frame, data)
  local side = packet.side
  return packet.memory:once(function()
    local channels = side.channels
    local expected = channels[frame.channel] or 0
    local before = packet.chain and packet.chain.sequence
    local sequence = frame.is_chained and (before or -1) + 1 or expand(frame.sent or 0, frame.sequence_bytes, expected)
    if sequence >= expected then channels[frame.channel] = sequence + 1 end
    local key = whole(frame.channel) .. ":" .. whole(sequence)
    local place = key .. ":" .. whole(frame.offset)
    local first = side.sent[place]
    if first == nil then side.sent[place] = packet.pinfo.number end
    local made = frame.is_fragment and put_together(side, key, frame, data and data:raw() or "") or nil
    return { sequence = sequence, first = first, made = made }
  end)
end

-- Telemetry goes in channel 0; what else a program sends is its own affair.
local function carried(packet, frame, data, note)
  if frame.channel ~= 0 or packet.connection == nil then return nil end
  local tvb
  if note.made then
    tvb = ByteArray.new(note.made.bytes, true):tvb("Message of reliable UDP")
  elseif not frame.is_fragment and data then
    tvb = data:tvb()
  end
  if tvb == nil or tvb:len() == 0 then return nil end
  return dissect_carried(tvb, packet.root, "rudp/" .. whole(packet.connection.index))
end

local function tell_message(packet, frame, note, length, summary)
  local words = "MESSAGE "
  if frame.channel ~= 0 then
    words = words .. KINDS[math.floor(frame.channel / 64)] .. " " .. whole(frame.channel % 64) .. "/"
  end
  words = words .. whole(note.sequence or frame.sent or 0)
  if frame.is_fragment then
    words = words .. string.format(" [%d-%d of %d]", frame.offset, frame.offset + length - 1, frame.total)
  end
  if note.first then words = words .. " again" end
  return words .. (summary and ": " .. summary or ", " .. whole(length) .. " bytes")
end

local MESSAGE_FLAG_NAMES = { "channel", "fragment", "length", "chained", "sequence" }

function WALK.MESSAGE(reader, tree, packet, type)
  local type_range = reader.tvb(reader.at - 1, 1)
  for _, name in ipairs(MESSAGE_FLAG_NAMES) do packet.type_item:add(RF["message.flags." .. name], type_range) end
  local has = function(flag) return bit.band(type, flag) ~= 0 end
  local frame = { offset = 0, is_fragment = has(MESSAGE_FRAGMENT), is_chained = has(MESSAGE_CHAINED) }
  frame.sequence_bytes = 1 + bit.band(type, MESSAGE_SEQUENCE)
  frame.channel = has(MESSAGE_CHANNEL) and walk_channel(reader, tree) or 0
  if frame.is_chained and (frame.sequence_bytes > 1 or packet.chain == nil or packet.chain.channel ~= frame.channel) then
    fail("a MESSAGE without a number that does not follow one of its channel")
  end
  walk_sequence(reader, tree, packet, frame)
  if frame.is_fragment then
    local offset, offset_range, offset_shown = reader:varint()
    put(tree, RF["message.offset"], offset_range, offset_shown)
    local total, total_range, total_shown = reader:varint()
    put(tree, RF["message.total"], total_range, total_shown)
    frame.offset, frame.total = offset, total
  end
  local length = reader:remaining()
  if has(MESSAGE_LENGTH) then
    local length_range, length_shown
    length, length_range, length_shown = reader:varint()
    put(tree, RF["message.length"], length_range, length_shown)
  end
  local data = length > 0 and reader:skip(length) or nil
  if data then put(tree, RF["message.data"], data) end
  if frame.is_fragment and (length == 0 or frame.total > MOST_RUDP_MESSAGE_BYTES or frame.offset + length > frame.total) then
    fail(string.format("a fragment of %d bytes at %d of a message of %d", length, frame.offset, frame.total))
  end
  local note = packet.side and note_message(packet, frame, data) or {}
  packet.chain = { channel = frame.channel, sequence = note.sequence }
  if note.sequence then
    tree:add(RF["message.sequence"], frame.sequence_range or type_range, uint64(note.sequence)):set_generated()
  end
  if note.first then
    tree:add(RF["message.first_frame"], note.first):set_generated()
    tree:add_proto_expert_info(RX.again, "sent again: it went before in frame " .. whole(note.first))
  end
  if note.made then tree:add(RF["message.fragments"], note.made.fragments):set_generated() end
  return tell_message(packet, frame, note, length, carried(packet, frame, data, note))
end
`;
