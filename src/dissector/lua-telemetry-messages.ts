/**
 * The Lua that knows what messages of telemetry mean: what must hold of them, what they teach, how they are told.
 */

export const MESSAGES: string = `
-- What a body must be beyond its form (docs/PROTOCOL.md section 5).

local CHECK = {}

function CHECK.HELLO(v)
  if v["hello.source"] == "" then fail("a sender without a name") end
  if #v["hello.source"] > MOST_SOURCE_BYTES then fail("a sender's name above " .. whole(MOST_SOURCE_BYTES) .. " bytes") end
  if has_control(v["hello.source"]) then fail("a sender with control characters in its name") end
end

function CHECK.WELCOME(v)
  if v["welcome.tag"] == 0 then fail("a WELCOME with the tag 0") end
  if v["welcome.missing"] > v["welcome.position"] then fail("more readings missing than there are") end
end

local function is_finite(value)
  return value == value and value ~= math.huge and value ~= -math.huge
end

function CHECK.SENSOR(v)
  local name, unit, scale, offset = v["sensor.name"], v["sensor.unit"], v["sensor.scale"], v["sensor.offset"]
  local is_numeric = NUMERIC[TYPES[v["sensor.type"]]]
  if TYPES[v["sensor.type"]] == nil then fail("a sensor of an unknown type") end
  if name == "" or #name > MOST_NAME_BYTES then fail("its name must have 1 to " .. whole(MOST_NAME_BYTES) .. " bytes") end
  if #unit > MOST_UNIT_BYTES then fail("its unit must have at most " .. whole(MOST_UNIT_BYTES) .. " bytes") end
  if has_control(name) or has_control(unit) then fail("control characters in its name or unit") end
  if not is_finite(scale) or scale == 0 then fail("its scale must be a finite number other than 0") end
  if not is_finite(offset) then fail("its offset must be a finite number") end
  if not is_finite(v["sensor.rate"]) or v["sensor.rate"] < 0 then fail("its rate must be 0 or a finite number of hertz") end
  if not is_numeric and (scale ~= 1 or offset ~= 0) then fail("only numbers have a scale and an offset") end
end

local function check_acknowledgement(v)
  if v["acknowledged.missing"] > v["acknowledged.up_to"] then fail("more readings missing than there are") end
end
CHECK.DELIVERED = check_acknowledgement
CHECK.STORED = check_acknowledgement

function CHECK.COMMAND(v)
  local action, rate = v["command.action"], v["command.rate"]
  if ACTIONS[action] == nil then fail("an unknown action") end
  if action == ACTION_RATE then
    if not is_finite(rate) or rate <= 0 then fail("a rate that is none") end
  elseif rate ~= 0 then
    fail("a rate that this action does not have")
  end
end

local function check_reason(v, name)
  if #v[name] > MOST_REASON_BYTES then fail("a reason above " .. whole(MOST_REASON_BYTES) .. " bytes") end
end

CHECK["COMMAND-RESULT"] = function(v)
  if STATUSES[v["command.status"]] == nil then fail("an unknown status") end
  check_reason(v, "command.reason")
end

function CHECK.ERROR(v)
  check_reason(v, "error.reason")
end

-- HELLO's fields up to the session are the same in every version; what follows is read only of a version that is known.
-- Gives true where there is more to read.
local function check_versions(v)
  if v["hello.magic"] ~= "SWIR" then fail('a HELLO without the magic "SWIR"') end
  local lowest, highest = v["hello.lowest_version"], v["hello.highest_version"]
  if lowest > highest then fail("an empty range of versions") end
  if v["hello.session"]:tohex():find("^0+$") then fail("a session of zeros") end
  return lowest <= VERSION_HIGHEST and highest >= VERSION_LOWEST
end

-- What a message teaches.

local LEARN = {}

function LEARN.HELLO(session, v)
  session.epoch = v["hello.epoch"]
  session.is_ours = true
end

function LEARN.SENSOR(session, v)
  local id = v["sensor.id"]
  if session.sensors[id] == nil then
    session.sensors[id] = {
      name = v["sensor.name"],
      unit = v["sensor.unit"],
      type = TYPES[v["sensor.type"]],
      scale = v["sensor.scale"],
      offset = v["sensor.offset"],
    }
  end
end

-- Messages in a few words, for the Info column.

local TELL = {}

function TELL.HELLO(v)
  return " from " .. (v["hello.source"] or "a sender of another version")
end

function TELL.WELCOME(v)
  return " position " .. whole(v["welcome.position"])
end

function TELL.SENSOR(v)
  local unit = v["sensor.unit"] == "" and "" or ", " .. v["sensor.unit"]
  return " " .. whole(v["sensor.id"]) .. " " .. v["sensor.name"] .. " (" .. TYPES[v["sensor.type"]] .. unit .. ")"
end

local function tell_acknowledged(v)
  local missing = v["acknowledged.missing"]
  return " up to " .. whole(v["acknowledged.up_to"]) .. (missing > 0 and ", " .. whole(missing) .. " missing" or "")
end
TELL.DELIVERED = tell_acknowledged
TELL.STORED = tell_acknowledged

TELL["CLOCK-REQUEST"] = function(v)
  local uncertainty = v["clock.uncertainty"]
  if uncertainty == 0 then return "" end
  return string.format(" collector ahead by %d ± %d µs", v["clock.offset"], uncertainty)
end

TELL["CLOCK-DRIFT"] = function(v)
  return string.format(" collector faster by %d ppb", v["clock.drift"])
end

function TELL.COMMAND(v)
  local sensor = v["command.sensor"] == 0 and "all sensors" or "sensor " .. whole(v["command.sensor"] - 1)
  local rate = v["command.action"] == ACTION_RATE and " to " .. number_text(v["command.rate"]) .. " Hz" or ""
  return " " .. whole(v["command.number"]) .. ": " .. ACTIONS[v["command.action"]] .. rate .. ", " .. sensor
end

TELL["COMMAND-RESULT"] = function(v)
  return " " .. whole(v["command.number"]) .. ": " .. STATUSES[v["command.status"]]
end

function TELL.BYE(v)
  local dropped = v["bye.dropped"]
  return " next " .. whole(v["bye.next"]) .. (dropped > 0 and ", " .. whole(dropped) .. " dropped" or "")
end

TELL["SENSORS-KNOWN"] = function(v)
  return " " .. whole(v["sensors_known.count"])
end

function TELL.ERROR(v)
  local reason = v["error.reason"]
  return " " .. (ERRORS[v["error.code"]] or whole(v["error.code"])) .. (reason == "" and "" or ": " .. shortened(reason))
end
`;
