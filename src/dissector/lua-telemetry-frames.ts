/**
 * The Lua that walks frames of telemetry, and message bodies by their table; what a session is known by.
 */

export const SESSIONS: string = `
-- What is known of sessions: the epoch from HELLO, the sensors from SENSOR. What was learned once never changes, so a
-- packet may be looked at again in any order.

local sessions = {}

local function session_of(key)
  local session = sessions[key]
  if session == nil then
    session = { sensors = {} }
    sessions[key] = session
  end
  return session
end

-- Datagrams: the address pair has the epoch of its last HELLO, each tag its own sensors.
local function tagged_session(key, tag)
  local pair = session_of(key)
  if tag == 0 then return pair end
  local session = session_of(key .. "/" .. whole(tag))
  if session.epoch == nil then session.epoch = pair.epoch end
  return session
end

-- Kinds of fields that Reader does not know.

function Reader:magic()
  return self:utf8(4)
end

function Reader:session()
  return self:bytes(16)
end

function Reader:options(tree, name)
  while self:remaining() > 0 do
    local _, key_range, key = self:varint()
    local item = put(tree, TF[name .. ".key"], key_range, key)
    local length, length_range, shown = self:varint()
    put(item, TF[name .. ".length"], length_range, shown)
    put(item, TF[name .. ".value"], self:skip(length))
  end
end
`;

export const FRAMES: string = `
-- The body of one message, its type read already. Gives the summary.
local function walk_body(reader, tree, session, body)
  local v = {}
  for _, part in ipairs(body.parts) do
    local name, kind = part[1], part[2]
    if kind == "options" then
      reader:options(tree, name)
    else
      local value, range, shown = reader[kind](reader)
      local item = put(tree, TF[name], range, shown)
      if value == "" then item:append_text("(none)") end
      v[name] = value
    end
    if name == "hello.session" and not check_versions(v) then
      if reader:remaining() > 0 then put(tree, TF["undecoded"], reader:skip(reader:remaining())) end
      return body.name .. TELL.HELLO(v)
    end
  end
  if body.name == "READING" or body.name == "READINGS" then
    return body.name .. " " .. walk_readings(reader, tree, session, v, body.name == "READING")
  end
  reader:done()
  if CHECK[body.name] then CHECK[body.name](v) end
  if LEARN[body.name] then LEARN[body.name](session, v) end
  if body.name == "ERROR" then tree:add_proto_expert_info(TX.error, "ERROR" .. TELL.ERROR(v)) end
  return body.name .. (TELL[body.name] and TELL[body.name](v) or "")
end

local function is_extension(type)
  return type % 128 >= 0x40 and type % 128 <= 0x5f
end

local function walk_message(reader, tree, session)
  local type, range = reader:u8()
  put(tree, TF["type"], range)
  local body = BODIES[type]
  if body then return walk_body(reader, tree, session, body) end
  if not is_extension(type) then fail(string.format("an unknown type, 0x%02x", type)) end
  if reader:remaining() > 0 then put(tree, TF["extension"], reader:skip(reader:remaining())) end
  return string.format("extension 0x%02x", type)
end

-- A length as our decoder reads it: at most 3 bytes, in its shortest form, 1 to 65,536. Gives it and its bytes; nothing
-- where it is not all there; or a problem.
local function frame_length(tvb, at, finish)
  local length, factor = 0, 1
  for count = 1, 3 do
    if at + count > finish then return nil end
    local byte = tvb(at + count - 1, 1):uint()
    length = length + byte % 128 * factor
    if byte < 128 then
      if byte == 0 then
        return nil, nil, count == 1 and "a frame without a message" or "a length that is not in its shortest form"
      end
      if length > MOST_FRAME_BYTES then break end
      return length, count
    end
    factor = factor * 128
  end
  return nil, nil, "a message above the " .. whole(MOST_FRAME_BYTES) .. " bytes that are allowed"
end

-- One whole frame. Gives the summary.
local function walk_frame(tvb, at, head, length, root, session, wrapping)
  local finish = at + head + length
  local shown = math.min(finish, tvb:len())
  local tree = root:add(sensewire, tvb(at, shown - at))
  tree:add(TF["length"], tvb(at, head), length)
  local reader = new_reader(tvb, at + head, finish)
  local summary
  local problem = problem_of(function() summary = walk_message(reader, tree, session) end)
  if problem then
    show_problem(problem, tree, TX, TF["undecoded"], reader)
    summary = problem.is_cut and "cut message" or "malformed message"
  end
  tree:set_text("Sensewire Telemetry" .. (wrapping or "") .. ", " .. summary)
  return summary
end

-- The frames of tvb[at ..) one after the other. Gives the summaries, and where what is no whole frame begins; where
-- nothing can be read any more, the problem.
local function walk_frames(tvb, at, root, session, wrapping)
  local finish, summaries = tvb:reported_len(), {}
  local captured = tvb:len()
  while at < captured do
    local length, head, problem = frame_length(tvb, at, captured)
    if problem then return summaries, at, problem, nil end
    if length == nil then return summaries, at, nil, nil end
    if at + head + length > finish then return summaries, at, nil, at + head + length - finish end
    summaries[#summaries + 1] = walk_frame(tvb, at, head, length, root, session, wrapping)
    at = at + head + length
  end
  return summaries, at, nil, nil
end

local function show_rest(tvb, at, root, problem, text)
  local tree = root:add(sensewire, tvb(at))
  tree:set_text("Sensewire Telemetry, " .. text)
  if problem then
    tree:add_proto_expert_info(TX.malformed, "malformed: " .. problem)
  elseif tvb:len() < tvb:reported_len() then
    tree:add_proto_expert_info(TX.cut)
  end
  tree:add(TF["undecoded"], tvb(at))
end

local MOST_TOLD = 8

-- The first few of a list as one text.
local function joined(list)
  if #list <= MOST_TOLD then return table.concat(list, ", ") end
  return table.concat(list, ", ", 1, MOST_TOLD) .. " and " .. whole(#list - MOST_TOLD) .. " more"
end

-- Sets the Info column; what an earlier packet of ours has told in this frame stays.
local function tell(pinfo, protocol, text)
  pinfo.cols.protocol = protocol
  pinfo.cols.info:clear()
  pinfo.cols.info:append((pinfo.private["sensewire_told"] and " | " or "") .. text)
  pinfo.cols.info:fence()
  pinfo.private["sensewire_told"] = "yes"
end
`;
