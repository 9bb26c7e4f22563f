/**
 * The Lua that walks READING and READINGS: packed numbers, times on a grid, values of each type.
 */

export const READINGS: string = `
-- packed(n): groups of up to 32 numbers, each with its base and the bits that a number needs.

local GROUP = 32
local MOST_BITS = 52

local function unpack_group(bits, width, count, base, into)
  local at, pending, have = 1, 0, 0
  for _ = 1, count do
    local value, left = 0, width
    -- Bit by bit would be slow, and 52 bits at once do not fit beside those that wait: so at most a byte each time.
    while left > 0 do
      if have == 0 then
        pending, have = bits:byte(at), 8
        at = at + 1
      end
      local taken = math.min(left, have)
      local unit = 2 ^ (have - taken)
      local part = math.floor(pending / unit)
      value = value * 2 ^ taken + part
      pending = pending - part * unit
      have, left = have - taken, left - taken
    end
    into[#into + 1] = base + math.floor(value)
  end
  if pending ~= 0 then fail("padding bits that are not 0") end
end

-- Gives the numbers.
local function read_packed(reader, tree, count, title)
  local numbers = {}
  if count == 0 then return numbers end
  local start = reader.at
  local item = tree:add(reader.tvb(start, 0), title .. ", packed: " .. whole(count))
  while #numbers < count do
    local size = math.min(GROUP, count - #numbers)
    local base, base_range, base_shown = reader:svarint()
    local width, width_range = reader:u8()
    if width > MOST_BITS then fail("a packed width of " .. whole(width) .. ", at most 52 is allowed") end
    put(item, TF["packed.base"], base_range, base_shown)
    put(item, TF["packed.width"], width_range)
    if width == 0 then
      for _ = 1, size do numbers[#numbers + 1] = base end
    else
      local range = reader:skip(math.ceil(size * width / 8))
      put(item, TF["packed.bits"], range)
      unpack_group(range:raw(), width, size, base, numbers)
    end
  end
  item:set_len(reader.at - start)
  return numbers
end

-- Values. A value is a table: the field, what is shown there, its range, and the number that scale and offset are for.

local function check_integer(value, is_signed)
  if value > LARGEST_WHOLE or value < (is_signed and -LARGEST_WHOLE or 0) then
    fail("a whole number beyond its range")
  end
  return value
end

local function integer_value(value, range)
  return { field = "reading.integer", shown = int64(value), range = range, raw = value }
end

local function float_value(value, range)
  return { field = "reading.float", shown = value, range = range, raw = value }
end

local function blob_value(reader, length, is_text)
  if not is_text then
    local _, range = reader:bytes(length)
    return { field = "reading.bytes", range = range, text = whole(length) .. " bytes" }
  end
  local text, range = reader:utf8(length)
  return { field = "reading.text", shown = text, range = range, text = '"' .. shortened(text) .. '"' }
end

local function bool_value(is_set, range)
  return { field = "reading.bool", shown = is_set, range = range, text = tostring(is_set) }
end

local ONE = {}

function ONE.int(reader)
  local value, range = reader:svarint()
  return integer_value(value, range)
end

function ONE.uint(reader)
  local value, range = reader:varint()
  return integer_value(check_integer(value, false), range)
end

function ONE.bool(reader)
  local value, range = reader:u8()
  if value > 1 then fail("a bool of " .. whole(value)) end
  return bool_value(value == 1, range)
end

function ONE.float32(reader)
  return float_value(reader:f32())
end

function ONE.float64(reader)
  return float_value(reader:f64())
end

function ONE.text(reader)
  return blob_value(reader, (reader:varint()), true)
end

function ONE.bytes(reader)
  return blob_value(reader, (reader:varint()), false)
end

local MANY = {}

local function many_integers(reader, tree, count, is_signed)
  local mode, mode_range = reader:u8()
  put(tree, TF["readings.mode"], mode_range)
  local start, numbers = reader.at, nil
  if mode == 0 then
    numbers = read_packed(reader, tree, count, "Values")
  elseif mode == 1 then
    local first, range, shown = reader:svarint()
    put(tree, TF["readings.first"], range, shown)
    local steps = read_packed(reader, tree, count - 1, "Differences of the values")
    numbers = { first }
    for index = 1, count - 1 do numbers[index + 1] = check_integer(numbers[index] + steps[index], is_signed) end
  else
    fail("integers in the unknown mode " .. whole(mode))
  end
  local range = reader.tvb(start, reader.at - start)
  local values = {}
  for index = 1, count do values[index] = integer_value(check_integer(numbers[index], is_signed), range) end
  return values
end

function MANY.int(reader, tree, count)
  return many_integers(reader, tree, count, true)
end

function MANY.uint(reader, tree, count)
  return many_integers(reader, tree, count, false)
end

function MANY.bool(reader, tree, count)
  local range = reader:skip(math.ceil(count / 8))
  put(tree, TF["readings.bools"], range)
  local bits, values = range:raw(), {}
  for index = 1, count do
    local place = index - 1
    local is_set = math.floor(bits:byte(math.floor(place / 8) + 1) / 2 ^ (7 - place % 8)) % 2 == 1
    values[index] = bool_value(is_set, range(math.floor(place / 8), 1))
  end
  if bits:byte(#bits) % 2 ^ (#bits * 8 - count) ~= 0 then fail("padding bits that are not 0") end
  return values
end

local function many_floats(reader, _, count, one)
  local values = {}
  for index = 1, count do values[index] = one(reader) end
  return values
end

function MANY.float32(reader, tree, count)
  return many_floats(reader, tree, count, ONE.float32)
end

function MANY.float64(reader, tree, count)
  return many_floats(reader, tree, count, ONE.float64)
end

local function many_blobs(reader, tree, count, is_text)
  local lengths, values = read_packed(reader, tree, count, "Lengths"), {}
  for index = 1, count do
    if lengths[index] < 0 then fail("a negative length") end
    values[index] = blob_value(reader, lengths[index], is_text)
  end
  return values
end

function MANY.text(reader, tree, count)
  return many_blobs(reader, tree, count, true)
end

function MANY.bytes(reader, tree, count)
  return many_blobs(reader, tree, count, false)
end

-- A value in words, with its unit; sets value.value where scale and offset apply.
local function value_text(value, sensor)
  if value.raw == nil then return value.text end
  value.value = value.raw * sensor.scale + sensor.offset
  local unit = sensor.unit == "" and "" or " " .. sensor.unit
  return number_text(value.value) .. unit
end

local function check_time(us, epoch)
  if epoch == nil then return nil end
  local time = epoch + us
  if time < 0 or time > LARGEST_WHOLE then fail("a time outside of 1970 to 2112") end
  return time
end

local function show_reading(tree, number, time, value, sensor)
  local text = value_text(value, sensor)
  local item = tree:add(TF["reading"], value.range)
  item:set_text("Reading " .. whole(number) .. ": " .. text .. (time and " at " .. clock_text(time) or ""))
  item:add(TF["reading.number"], value.range, uint64(number)):set_generated()
  if time then item:add(TF["reading.time"], value.range, time_of(time)):set_generated() end
  put(item, TF[value.field], value.range, value.shown)
  if value.value then item:add(TF["reading.value"], value.range, value.value):set_generated() end
  return text
end

-- What follows sensor, number and count. Gives the summary.
local function walk_readings(reader, tree, state, values, is_one)
  local id, number = values["readings.sensor"], values["readings.number"]
  local count = is_one and 1 or values["readings.count"]
  if count < 1 or count > MOST_READINGS then
    fail("a message of " .. whole(count) .. " readings, 1 to " .. whole(MOST_READINGS) .. " are allowed")
  end
  if number + count > LARGEST_WHOLE then fail("a reading number above 2^52 - 1") end
  local sensor = state.sensors[id]
  local numbers = count == 1 and whole(number) or whole(number) .. "-" .. whole(number + count - 1)
  local summary = (sensor and sensor.name or "sensor " .. whole(id)) .. " " .. numbers
  if sensor then tree:add(TF["readings.name"], sensor.name):set_generated() end

  local first, time_range, time_shown = reader:svarint()
  local time_item = put(tree, TF["readings.time"], time_range, time_shown)
  local epoch = sensor and state.epoch
  local times = { check_time(first, epoch) }
  if not is_one then
    time_item:append_text(", of the first")
    local period, range, shown = reader:svarint()
    put(tree, TF["readings.period"], range, shown)
    local late = read_packed(reader, tree, count - 1, "Times, less the expected ones")
    -- As a double: 4,096 periods can be more than 64 bits hold.
    for index = 1, count - 1 do times[index + 1] = check_time(late[index] + first + index * 1.0 * period, epoch) end
  end
  if sensor == nil then
    tree:add_proto_expert_info(TX.unknown_sensor, "values cannot be decoded: the SENSOR " .. whole(id) .. " is not in the capture before this")
    if reader:remaining() > 0 then put(tree, TF["undecoded"], reader:skip(reader:remaining())) end
    return summary
  end
  local list = is_one and { ONE[sensor.type](reader) } or MANY[sensor.type](reader, tree, count)
  reader:done()
  local first_text, last_text
  for index = 1, count do
    last_text = show_reading(tree, number + index - 1, times[index], list[index], sensor)
    first_text = first_text or last_text
  end
  return summary .. ": " .. first_text .. (count > 1 and " … " .. last_text or "")
end
`;
