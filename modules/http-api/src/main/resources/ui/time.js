// Times for people. Ages and waits come as durations and are anchored to this browser's monotonic
// clock when they arrive, so that a browser whose clock is wrong still counts right.

export const now = () => performance.now();

/** The wall-clock time of a monotonic one. */
const wall = (at) => new Date(Date.now() - now() + at);

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
});
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const full = new Intl.DateTimeFormat(undefined, {
  dateStyle: 'medium', timeStyle: 'long', hourCycle: 'h23',
});

/** "14:02:33", with the day before it if that is not today. */
export function clockTime(date) {
  const today = new Date().toDateString() === date.toDateString();
  return today ? clock.format(date) : `${day.format(date)} ${clock.format(date)}`;
}

export const clockTimeAt = (monotonic) => clockTime(wall(monotonic));
export const fullTime = (date) => full.format(date);
export const fullTimeAt = (monotonic) => full.format(wall(monotonic));

/** "4 s", "3 min 5 s", "2 h 10 min", "3 d 4 h". */
export function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return minutes < 10 && seconds % 60 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return hours % 24 ? `${days} d ${hours % 24} h` : `${days} d`;
}

/** A short wait, counted in tenths of a second near its end: "0.4 s". */
export function countdown(ms) {
  if (ms <= 0) return 'now';
  return ms < 10_000 ? `${(Math.ceil(ms / 100) / 10).toFixed(1)} s` : duration(ms);
}

export const ago = (monotonic) => {
  const age = now() - monotonic;
  return age < 1500 ? 'just now' : `${duration(age)} ago`;
};
