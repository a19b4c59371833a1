// Two small charts of the whole fleet, drawn by uPlot.
import uPlot from './uplot.js';
import { byId, h, setText } from './dom.js';
import { perSecond, percent } from './rates.js';

const HEIGHT = 132;
const WINDOW_S = 300;

export class Charts {
  #model;
  #body = byId('charts-body');
  #plots = [];
  #drawnAt = -1;
  #width = 0;

  constructor(model) {
    this.#model = model;
    for (const chart of [
      { title: 'Calls per second', series: [[1, 'let through', '--chart-calls'], [2, 'refused', '--chart-refused']], unit: perSecond },
      { title: 'Failure rate', series: [[3, 'failed', '--chart-failed']], unit: percent, top: 100 },
    ]) this.#make(chart);
    model.subscribe(() => this.render());
    new ResizeObserver(() => this.#resize()).observe(this.#body);
    for (const query of ['(prefers-color-scheme: dark)', '(prefers-contrast: more)']) {
      matchMedia(query).addEventListener('change', () => this.#redraw());
    }
  }

  #make(chart) {
    const holder = h('div', { class: 'plot', 'aria-hidden': 'true' });
    const values = chart.series.map(([index, name, colour]) => ({
      index, value: h('b', { text: '–' }), name, colour,
    }));
    this.#body.append(h('figure', {},
      h('figcaption', {}, h('span', { text: chart.title }),
        values.map(({ value, name, colour }) => h('span', { class: `key key${colour}` }, value, ` ${name}`))),
      holder));
    this.#plots.push({ ...chart, holder, values, plot: null });
  }

  render() {
    const { series } = this.#model.rates;
    if (series[0].length === this.#drawnAt && series[0].at(-1) === this.#last) return;
    this.#drawnAt = series[0].length;
    this.#last = series[0].at(-1);
    for (const chart of this.#plots) {
      for (const { index, value } of chart.values) setText(value, chart.unit(series[index].at(-1)));
      if (!chart.plot) this.#draw(chart);
      else chart.plot.setData(this.#data(chart));
    }
  }

  #last = 0;

  #data(chart) {
    const { series } = this.#model.rates;
    return [series[0].slice(), ...chart.series.map(([index]) => series[index].slice())];
  }

  #draw(chart) {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const font = `11px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: colour('--muted'), font, ticks: { show: false }, grid: { stroke: colour('--line'), width: 1 } };
    chart.plot?.destroy();
    chart.plot = new uPlot({
      width: Math.max(160, chart.holder.clientWidth || 300), height: HEIGHT,
      cursor: { show: false }, legend: { show: false },
      padding: [10, 8, 0, 0],
      scales: {
        x: { time: true, range: () => [Date.now() / 1000 - WINDOW_S, Date.now() / 1000] },
        y: { range: (_, min, max) => [0, chart.top ?? Math.max(1, (max ?? 0) * 1.15)] },
      },
      axes: [
        { ...axis, space: 70, grid: { show: false }, size: 26, values: (_, at) => at.map((time) => new Date(time * 1000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })) },
        { ...axis, size: 40, space: 34, values: (_, at) => at.map((value) => (chart.top ? `${value} %` : String(value))) },
      ],
      series: [{}, ...chart.series.map(([, label, name], index) => ({
        label, stroke: colour(name), width: 2, dash: index === 1 ? [5, 4] : undefined, points: { show: false }, spanGaps: false,
        fill: index === 0 ? colour(`${name}-fill`) : undefined,
      }))],
    }, this.#data(chart), chart.holder);
  }

  #resize() {
    const { clientWidth } = this.#body;
    if (clientWidth === this.#width) return;
    this.#width = clientWidth;
    for (const chart of this.#plots) {
      chart.plot?.setSize({ width: Math.max(160, chart.holder.clientWidth), height: HEIGHT });
    }
  }

  #redraw() {
    for (const chart of this.#plots) if (chart.plot) this.#draw(chart);
  }
}
