/**
 * The Lua that both dissectors share: a cursor that fails with a sentence, numbers, texts, problems.
 *
 * What the capture does not hold is another thing than what the packet does not hold: a reader knows both ends.
 */

export const READER: string = String.raw`
-- Numbers. Lua 5.2 counts in doubles, Lua 5.4 in integers; both are exact up to 2^53.

local TWO_32 = 4294967296
local MOST_SAFE = 9007199254740991
local LARGEST_WHOLE = 4503599627370495

local function uint64(value)
  return UInt64.new(value % TWO_32, math.floor(value / TWO_32))
end

local function int64(value)
  return Int64.new(value % TWO_32, math.floor(value / TWO_32) % TWO_32)
end

-- Microseconds since 1970.
local function time_of(us)
  return NSTime.new(math.floor(us / 1000000), (us % 1000000) * 1000)
end

local function clock_text(us)
  return os.date("!%H:%M:%S", math.floor(us / 1000000)) .. string.format(".%06d", us % 1000000)
end

local function number_text(value)
  return string.format("%.15g", value)
end

local function whole(value)
  return string.format("%d", value)
end

-- Problems: what is wrong with a packet is a table; anything else that is thrown is a mistake of this script.

local function fail(text)
  error({ text = text }, 0)
end

-- Runs work; gives the problem that ended it, or nothing.
local function problem_of(work)
  local fine, problem = pcall(work)
  if fine then return nil end
  if type(problem) ~= "table" then error(problem, 0) end
  return problem
end

-- Shows a problem, and what could not be read because of it.
local function show_problem(problem, tree, experts, undecoded, reader)
  if problem.is_cut then
    tree:add_proto_expert_info(experts.cut, "the capture holds only " .. whole(reader.tvb:len()) .. " bytes of it")
  else
    tree:add_proto_expert_info(experts.malformed, "malformed: " .. problem.text)
  end
  local stop = math.min(reader.finish, reader.tvb:len())
  if reader.at < stop then tree:add(undecoded, reader.tvb(reader.at, stop - reader.at)) end
end

local function put(tree, field, range, shown)
  if shown == nil then return tree:add(field, range) end
  return tree:add(field, range, shown)
end

-- Texts.

local CONTINUED = "^[\128-\191]"

-- Where a character of several bytes ends; nothing where it is none.
local function character_end(text, at)
  local first, second = text:byte(at, at + 1)
  if second == nil or first < 0xC2 or first > 0xF4 then return nil end
  local least = first == 0xE0 and 0xA0 or first == 0xF0 and 0x90 or 0x80
  local most = first == 0xED and 0x9F or first == 0xF4 and 0x8F or 0xBF
  if second < least or second > most then return nil end
  local finish = at + (first < 0xE0 and 1 or first < 0xF0 and 2 or 3)
  for place = at + 2, finish do
    if not text:find(CONTINUED, place) then return nil end
  end
  return finish
end

-- Strict, as RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
local function is_utf8(text)
  local at = text:find("[\128-\255]")
  while at do
    local finish = character_end(text, at)
    if finish == nil then return false end
    at = text:find("[\128-\255]", finish + 1)
  end
  return true
end

local function has_control(text)
  return text:find("[\0-\31\127]") ~= nil or text:find("\194[\128-\159]") ~= nil
end

local MOST_SHOWN = 48

-- At most so many bytes of a text, cut between two characters.
local function shortened(text)
  if #text <= MOST_SHOWN then return text end
  local finish = MOST_SHOWN
  while finish > 0 and text:find(CONTINUED, finish + 1) do finish = finish - 1 end
  return text:sub(1, finish) .. "…"
end

-- A cursor over tvb[at .. finish). Each method that takes a field gives its value, the range of its bytes, and what is
-- to be shown where that is not simply the bytes.

local Reader = {}
Reader.__index = Reader

local function new_reader(tvb, at, finish)
  return setmetatable({ tvb = tvb, at = at, finish = finish }, Reader)
end

function Reader:remaining()
  return self.finish - self.at
end

function Reader:skip(count)
  local at = self.at
  if count > self.finish - at then
    fail(whole(count) .. " bytes expected, " .. whole(self.finish - at) .. " are there")
  end
  if at + count > self.tvb:len() then error({ is_cut = true }, 0) end
  self.at = at + count
  return self.tvb(at, count)
end

function Reader:uint(count)
  local range = self:skip(count)
  return range:uint(), range
end

function Reader:u8()
  return self:uint(1)
end

function Reader:u24()
  return self:uint(3)
end

function Reader:varint()
  local start = self.at
  local value, factor = 0, 1
  for count = 1, 8 do
    local byte = self:skip(1):uint()
    value = value + byte % 128 * factor
    if byte < 128 then
      if byte == 0 and count > 1 then fail("a varint that is not in its shortest form") end
      if value > MOST_SAFE then break end
      return value, self.tvb(start, self.at - start), uint64(value)
    end
    factor = factor * 128
  end
  fail("a varint above 2^53 - 1")
end

function Reader:svarint()
  local zigzag, range = self:varint()
  if zigzag > MOST_SAFE - 1 then fail("a signed varint beyond 2^52 - 1") end
  local value = zigzag % 2 == 0 and math.floor(zigzag / 2) or -math.floor((zigzag + 1) / 2)
  return value, range, int64(value)
end

function Reader:f32()
  local range = self:skip(4)
  return range:float(), range
end

function Reader:f64()
  local range = self:skip(8)
  return range:float(), range
end

function Reader:time()
  local range = self:skip(8)
  local value = range(0, 4):uint() * TWO_32 + range(4, 4):uint()
  -- Of a Lua that counts in integers, the sum may have gone round.
  if value > MOST_SAFE or value < 0 then fail("a 64-bit number above 2^53 - 1") end
  return value, range, time_of(value)
end

function Reader:bytes(count)
  local range = self:skip(count)
  return range:bytes(), range
end

-- So many bytes of UTF-8.
function Reader:utf8(count)
  local range = self:skip(count)
  local text = count == 0 and "" or range:raw()
  if not is_utf8(text) then fail("a text that is not UTF-8") end
  return text, range
end

-- A length, and so many bytes of UTF-8.
function Reader:text()
  local start = self.at
  local text = self:utf8((self:varint()))
  return text, self.tvb(start, self.at - start), text
end

-- Wants everything to have been read.
function Reader:done()
  if self:remaining() > 0 then fail(whole(self:remaining()) .. " bytes too many") end
end
`;
