// Reads iCalendar objects with Thunderbird's parser: from stdin a JSON list of { text, probes, limit },
// to stdout what it finds in each.
import ICAL from "ical.js";
import { text } from "node:stream/consumers";

const LIMIT = 40;
const asked = JSON.parse(await text(process.stdin));
process.stdout.write(JSON.stringify(asked.map(read)));

function read({ text, probes = [] }) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  ICAL.TimezoneService.reset();
  const zones = calendar.getAllSubcomponents("vtimezone").map((component) => new ICAL.Timezone(component));
  for (const zone of zones) ICAL.TimezoneService.register(zone);
  const events = calendar.getAllSubcomponents("vevent");
  return {
    method: calendar.getFirstPropertyValue("method"),
    zones: zones.map(({ tzid }) => tzid),
    events: events.map(described),
    occurrences: occurrences(events),
    offsets: probes.map((local) => zones[0].utcOffset(ICAL.Time.fromDateTimeString(local))),
  };
}

function described(event) {
  const properties = event.getAllProperties();
  return properties.map((property) => ({
    name: property.name,
    value: String(property.getFirstValue()),
    parameters: property.toJSON()[1],
  }));
}

/** Beginnings and ends in milliseconds since 1970 UTC, in the order of the rule. */
function occurrences(components) {
  const master = components.find((component) => !component.hasProperty("recurrence-id"));
  if (!master) return [];
  const event = new ICAL.Event(master);
  const found = [];
  const iterator = event.iterator();
  for (let next = iterator.next(); next && found.length < LIMIT; next = iterator.next()) {
    const { startDate, endDate } = event.getOccurrenceDetails(next);
    found.push([startDate.toUnixTime() * 1000, endDate.toUnixTime() * 1000]);
  }
  return found;
}
