'use strict';

/*
 * Figures as people read them. What is not known (null or undefined) is a dash.
 */
const NOT_KNOWN = '–';

const format = (() => {
  const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
  const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
  const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 4 });
  const isKnown = value => Number.isFinite(value);

  /* In units of falling size: the largest that is there, and the next. */
  const inUnits = (seconds, units) => {
    const [[size, name], next] = units;
    if (seconds < size && next) return inUnits(seconds, units.slice(1));
    const larger = Math.floor(seconds / size);
    const rest = next ? Math.floor((seconds - larger * size) / next[0]) : 0;
    return rest > 0 ? `${larger} ${name} ${rest} ${next[1]}` : `${larger} ${name}`;
  };

  return {
    count: n => !isKnown(n) ? NOT_KNOWN : n < 1e6 ? whole.format(n) : compact.format(n),
    rate: n => !isKnown(n) ? NOT_KNOWN : n === 0 ? '0 /s' : n < 0.1 ? `${short.format(n * 60)} /min` : `${short.format(n)} /s`,

    /* Never rounded up to all, or down to none. */
    share: ratio => {
      if (!isKnown(ratio)) return NOT_KNOWN;
      const percent = ratio * 100;
      if (percent > 0 && percent < 0.1) return '< 0.1 %';
      if (percent < 100 && percent > 99.9) return '> 99.9 %';
      return `${percent.toFixed(percent === 0 || percent === 100 ? 0 : 1)} %`;
    },

    /* A latency. */
    seconds: s => !isKnown(s) ? NOT_KNOWN
      : s === 0 ? '0 ms'
      : s < 0.9995 ? `${short.format(Math.max(s * 1000, 0.001))} ms`
      : s < 60 ? `${short.format(s)} s`
      : format.span(s),

    /* A longer time. */
    span: s => !isKnown(s) ? NOT_KNOWN
      : s < 1 && s > 0 ? format.seconds(s)
      : inUnits(s, [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']]),

    bytes: n => !isKnown(n) ? NOT_KNOWN
      : n < 1024 ? `${n} B`
      : n < 1024 ** 2 ? `${short.format(n / 1024)} KiB`
      : n < 1024 ** 3 ? `${short.format(n / 1024 ** 2)} MiB`
      : `${short.format(n / 1024 ** 3)} GiB`,

    clock: date => date.toLocaleTimeString('en-GB'),

    /* A moment: with its day, where that is not today. */
    moment: text => {
      const date = new Date(text);
      if (Number.isNaN(date.getTime())) return NOT_KNOWN;
      const time = format.clock(date);
      return date.toDateString() === new Date().toDateString() ? time : `${date.toLocaleDateString('en-CA')} ${time}`;
    },
  };
})();
