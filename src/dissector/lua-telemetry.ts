/**
 * The Lua for telemetry in streams, in datagrams and in messages of reliable UDP, and how it is recognised.
 */

export const TRANSPORTS: string = `
-- A piece of a TCP stream.
local tcp_stream = Field.new("tcp.stream")
local udp_stream = Field.new("udp.stream")

local function stream_key(pinfo, field, name)
  local info = field()
  return name .. (info and whole(info.value) or tostring(pinfo.src) .. tostring(pinfo.dst))
end

local function dissect_stream(tvb, pinfo, root)
  local session = session_of(stream_key(pinfo, tcp_stream, "tcp/"))
  local summaries, at, problem, missing = walk_frames(tvb, 0, root, session)
  local is_whole = tvb:len() == tvb:reported_len()
  if problem then
    show_rest(tvb, at, root, problem, "no frame")
    summaries[#summaries + 1] = "malformed: " .. problem
  elseif at < tvb:len() then
    if is_whole and pinfo.can_desegment > 0 then
      pinfo.desegment_offset = at
      pinfo.desegment_len = missing or DESEGMENT_ONE_MORE_SEGMENT
    else
      show_rest(tvb, at, root, nil, "a part of a frame")
    end
    summaries[#summaries + 1] = "part of a frame"
  end
  tell(pinfo, "SENSEWIRE", joined(summaries))
  return tvb:len()
end

local DATAGRAM_HEADER_BYTES = 4

local function dissect_datagram(tvb, pinfo, root)
  local tree = root:add(sensewire, tvb(0, math.min(DATAGRAM_HEADER_BYTES, tvb:len())))
  local reader = new_reader(tvb, 0, tvb:reported_len())
  local tag
  local problem = problem_of(function()
    local mark, mark_range = reader:u8()
    put(tree, TF["mark"], mark_range)
    if mark ~= DATAGRAM_MARK then fail(string.format("a datagram with the mark 0x%02x", mark)) end
    local range
    tag, range = reader:u24()
    put(tree, TF["tag"], range)
    if reader:remaining() == 0 then fail("a datagram without a frame") end
  end)
  if problem then
    show_problem(problem, tree, TX, TF["undecoded"], reader)
    tell(pinfo, "SENSEWIRE", problem.is_cut and "cut datagram" or "malformed datagram")
    return tvb:len()
  end
  tree:set_text("Sensewire Telemetry, datagram of " .. (tag == 0 and "no session yet" or string.format("session tag 0x%06x", tag)))
  local session = tagged_session(stream_key(pinfo, udp_stream, "udp/"), tag)
  local summaries, at, bad, missing = walk_frames(tvb, DATAGRAM_HEADER_BYTES, root, session)
  if bad or at < tvb:len() then
    local is_cut = tvb:len() < tvb:reported_len()
    show_rest(tvb, at, root, bad or not is_cut and "a frame that is not whole" or nil, "no whole frame")
    summaries[#summaries + 1] = (bad or not is_cut) and "malformed" or "cut"
  end
  tell(pinfo, "SENSEWIRE", joined(summaries))
  return tvb:len()
end

local PORT_TYPE_TCP = 2

-- Called as a function: a call through the protocol would take the right to wait for more segments away.
local function dissect_telemetry(tvb, pinfo, root)
  if tvb:len() == 0 then return 0 end
  if pinfo.port_type == PORT_TYPE_TCP then return dissect_stream(tvb, pinfo, root) end
  return dissect_datagram(tvb, pinfo, root)
end
sensewire.dissector = dissect_telemetry

-- True where a piece of a stream begins with HELLO.
local function begins_with_hello(tvb)
  local length, head = frame_length(tvb, 0, tvb:len())
  if length == nil or tvb:len() < head + 5 then return false end
  return tvb(head, 1):uint() == TYPE_HELLO and tvb(head + 1, 4):raw() == "SWIR"
end

-- True where a datagram has the mark, and frames of known types to its end.
local function looks_like_datagram(tvb)
  local finish, captured = tvb:reported_len(), tvb:len()
  if captured <= DATAGRAM_HEADER_BYTES or tvb(0, 1):uint() ~= DATAGRAM_MARK then return false end
  local at = DATAGRAM_HEADER_BYTES
  while at < captured do
    local length, head = frame_length(tvb, at, captured)
    if length == nil or at + head + length > finish then return false end
    if at + head < captured then
      local type = tvb(at + head, 1):uint()
      if BODIES[type] == nil and not is_extension(type) then return false end
    end
    at = at + head + length
  end
  return true
end

sensewire:register_heuristic("tcp", function(tvb, pinfo, root)
  if not begins_with_hello(tvb) then return false end
  pinfo.conversation = sensewire
  dissect_telemetry(tvb, pinfo, root)
  return true
end)

sensewire:register_heuristic("udp", function(tvb, pinfo, root)
  if not looks_like_datagram(tvb) then return false end
  pinfo.conversation = sensewire
  dissect_telemetry(tvb, pinfo, root)
  return true
end)

-- Messages of reliable UDP carry a stream, each whole frames. Gives the summary, or nothing where they are of another
-- program: a stream of ours begins with HELLO.
local function dissect_carried(tvb, root, key)
  local session = session_of(key)
  if not session.is_ours and not begins_with_hello(tvb) then return nil end
  local summaries, at, problem = walk_frames(tvb, 0, root, session, " over reliable UDP")
  if problem or at < tvb:len() then
    show_rest(tvb, at, root, problem, "a part of a frame")
    summaries[#summaries + 1] = "part of a frame"
  end
  return joined(summaries)
end
`;
