// Draws the report's charts out of the data beside it; everything else is there without a script.
(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const L = window.LightweightCharts;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const light = { ink: "#1c2024", quiet: "#5f6770", line: "#eae7e0", card: "#ffffff", gain: "#1a66a8", loss: "#b5480d" };
  const night = { ink: "#e3e6e9", quiet: "#98a2ac", line: "#262c32", card: "#1a1e22", gain: "#74b6f2", loss: "#f09a62" };
  let palette = dark.matches ? night : light;
  const charts = [];
  let printing = false;

  const soft = (colour, alpha) => {
    const part = (at) => parseInt(colour.slice(at, at + 2), 16);
    return `rgba(${part(1)}, ${part(3)}, ${part(5)}, ${alpha})`;
  };
  const number = (text) => (text === null ? null : Number(text.replaceAll(",", "")));
  const grouped = (value, places) =>
    value.toLocaleString("en-GB", { minimumFractionDigits: places, maximumFractionDigits: places });
  const utc = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ");
  const make = (name, text, kind) => {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    if (kind) element.className = kind;
    return element;
  };

  const options = () => ({
    autoSize: !printing,
    layout: {
      background: { type: "solid", color: palette.card }, textColor: palette.quiet, fontSize: 12,
      fontFamily: getComputedStyle(document.body).fontFamily, attributionLogo: false,
      panes: { separatorColor: palette.line, enableResize: false },
    },
    grid: { vertLines: { visible: false }, horzLines: { color: palette.line } },
    rightPriceScale: { borderVisible: false },
    timeScale: { borderColor: palette.line, timeVisible: true, secondsVisible: false, minBarSpacing: 0.01, rightOffset: 2 },
    crosshair: { vertLine: { color: palette.quiet, labelBackgroundColor: palette.quiet }, horzLine: { color: palette.quiet, labelBackgroundColor: palette.quiet } },
    localization: { locale: "en-GB", dateFormat: "yyyy-MM-dd" },
    handleScroll: { vertTouchDrag: false },
  });

  function start(id, paint) {
    const element = document.getElementById(id);
    const chart = L.createChart(element, options());
    const entry = { element, chart, paint: () => { chart.applyOptions(options()); paint(); } };
    charts.push(entry);
    if (data.simulated) {
      entry.watermark = L.createTextWatermark(chart.panes()[0], {
        horzAlign: "center", vertAlign: "center",
        lines: [{ text: "SIMULATED MARKET", color: soft(palette.quiet, 0.2), fontSize: 26, fontStyle: "bold" }],
      });
    }
    return chart;
  }

  // Equity above, drawdown below it.
  function equity() {
    const curve = data.curve;
    if (!curve.time.length) return;
    const chart = start("equity-chart", () => paint());
    const money = { type: "custom", minMove: 0.01, formatter: (value) => grouped(value, Math.abs(value) >= 1000 ? 0 : 2) };
    const percent = { type: "custom", minMove: 0.01, formatter: (value) => `${value.toFixed(1)} %` };
    const line = chart.addSeries(L.BaselineSeries, {
      baseValue: { type: "price", price: Number(data.starting_equity) }, lineWidth: 2, priceFormat: money,
      priceLineVisible: false, lastValueVisible: true,
    });
    const fall = chart.addSeries(L.AreaSeries, {
      priceFormat: percent, lineWidth: 1, invertFilledArea: true, priceLineVisible: false, lastValueVisible: false,
    }, 1);
    fall.priceScale().applyOptions({ scaleMargins: { top: 0.03, bottom: 0.12 } });
    chart.panes()[0].setStretchFactor(3);
    chart.panes()[1].setStretchFactor(1);
    const at = new Map(curve.time.map((time, index) => [time, index]));
    line.setData(curve.time.map((time, index) => ({ time, value: Number(curve.equity[index]) })));
    fall.setData(curve.time.map((time, index) => ({ time, value: curve.drawdown[index] })));
    const marks = L.createSeriesMarkers(line, []);
    const shapes = ["square", "circle", "arrowDown", "arrowUp"];
    const names = data.breakers;
    const tripped = new Map();
    for (const mark of data.trips) tripped.set(mark.time, [...(tripped.get(mark.time) || []), mark]);
    function paint() {
      line.applyOptions({
        topLineColor: palette.gain, topFillColor1: soft(palette.gain, 0.22), topFillColor2: soft(palette.gain, 0.03),
        bottomLineColor: palette.loss, bottomFillColor1: soft(palette.loss, 0.03), bottomFillColor2: soft(palette.loss, 0.22),
      });
      fall.applyOptions({ lineColor: palette.loss, topColor: soft(palette.loss, 0.28), bottomColor: soft(palette.loss, 0.06) });
      marks.setMarkers(data.trips.map((mark) => ({
        time: mark.time, position: "aboveBar", color: palette.ink, size: 0.5,
        shape: shapes[Math.max(0, names.indexOf(mark.name)) % shapes.length],
      })));
    }
    paint();
    const legend = document.getElementById("equity-legend");
    function tell(index) {
      const time = curve.time[index];
      legend.replaceChildren(
        make("b", utc(time)), ` UTC  equity `, make("b", grouped(Number(curve.equity[index]), 2)),
        `  drawdown `, make("b", `${curve.drawdown[index].toFixed(2)} %`),
        ...(tripped.get(time) || []).map((mark) => `  ${mark.name} tripped: ${mark.reason}`),
      );
    }
    tell(curve.time.length - 1);
    chart.subscribeCrosshairMove((move) => tell(at.get(move.time) ?? curve.time.length - 1));
    chart.timeScale().fitContent();
  }

  // What candle_chart.encode wrote, as arrays.
  function decode(packed) {
    const scale = 10 ** packed.places;
    const gaps = new Map(packed.gaps);
    const bars = [];
    let time = packed.start, close = 0;
    for (let row = 0; row < packed.bars.length; row += 4) {
      const index = row / 4;
      if (index) time += packed.step * (1 + (gaps.get(index) || 0));
      const open = close + packed.bars[row];
      close = open + packed.bars[row + 3];
      bars.push({
        time, open: open / scale, close: close / scale,
        high: (Math.max(open, close) + packed.bars[row + 1]) / scale, low: (Math.min(open, close) - packed.bars[row + 2]) / scale,
      });
    }
    return bars;
  }
  function slower(bars, step) {
    const made = [];
    for (const bar of bars) {
      const time = bar.time - (bar.time % step);
      const last = made[made.length - 1];
      if (last && last.time === time) {
        last.high = Math.max(last.high, bar.high);
        last.low = Math.min(last.low, bar.low);
        last.close = bar.close;
      } else made.push({ ...bar, time });
    }
    return made;
  }

  // Each trade as a box from its opening to its close: entry to stop, entry to target, entry to exit.
  class Boxes {
    constructor() { this.trades = []; this.detail = false; }
    attached(given) { this.chart = given.chart; this.series = given.series; this.update = given.requestUpdate; }
    detached() {}
    updateAllViews() {}
    paneViews() { return [{ zOrder: () => "bottom", renderer: () => ({ draw: (target) => target.useBitmapCoordinateSpace((scope) => this.draw(scope)) }) }]; }
    autoscaleInfo(first, last) {
      if (!this.detail) return null;
      const levels = this.trades.filter((trade) => trade.to >= first && trade.from <= last)
        .flatMap((trade) => [trade.stop, trade.target]).filter((level) => level !== null);
      return levels.length ? { priceRange: { minValue: Math.min(...levels), maxValue: Math.max(...levels) } } : null;
    }
    draw({ context, horizontalPixelRatio: wide, verticalPixelRatio: high }) {
      const scale = this.chart.timeScale();
      const range = scale.getVisibleLogicalRange();
      if (!range) return;
      const y = (price) => this.series.priceToCoordinate(price) * high;
      for (const trade of this.trades) {
        if (trade.to < range.from || trade.from > range.to) continue;
        const left = scale.logicalToCoordinate(trade.from) * wide;
        const right = Math.max(left + 2 * wide, scale.logicalToCoordinate(trade.to) * wide);
        const entry = y(trade.entry);
        for (const [level, colour] of [[trade.stop, palette.loss], [trade.target, palette.gain]]) {
          if (level === null) continue;
          const edge = y(level);
          context.fillStyle = soft(colour, 0.1);
          context.fillRect(left, Math.min(entry, edge), right - left, Math.abs(edge - entry));
          context.strokeStyle = soft(colour, 0.8);
          context.lineWidth = Math.max(1, wide);
          context.setLineDash([4 * wide, 3 * wide]);
          context.beginPath();
          context.moveTo(left, edge);
          context.lineTo(right, edge);
          context.stroke();
        }
        context.setLineDash([]);
        context.strokeStyle = trade.won ? palette.gain : palette.loss;
        context.lineWidth = Math.max(1, 1.5 * wide);
        context.beginPath();
        context.moveTo(left, entry);
        context.lineTo(right, y(trade.exit));
        context.stroke();
      }
    }
  }

  function candles() {
    if (!data.candles) return;
    const symbols = Object.keys(data.candles);
    const select = document.getElementById("symbol");
    const legend = document.getElementById("candle-legend");
    const rows = document.getElementById("trade-rows");
    const buttons = document.getElementById("timeframes");
    const chart = start("candle-chart", () => paint());
    const series = chart.addSeries(L.CandlestickSeries, { priceLineVisible: false, lastValueVisible: false });
    // Markers stack beyond the bars; the scale must not grow with them.
    const marks = L.createSeriesMarkers(series, [], { autoScale: false });
    series.priceScale().applyOptions({ scaleMargins: { top: 0.14, bottom: 0.14 } });
    const boxes = new Boxes();
    series.attachPrimitive(boxes);
    let symbol = select.value, base = [], bars = [], step = 0, drawn = [], places = 2;

    function paint() {
      series.applyOptions({
        upColor: palette.card, borderUpColor: palette.quiet, wickUpColor: palette.quiet,
        downColor: palette.quiet, borderDownColor: palette.quiet, wickDownColor: palette.quiet,
      });
      mark();
    }
    function indexOf(time) {
      const wanted = time - (time % step);
      let low = 0, high = bars.length - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (bars[middle].time < wanted) low = middle + 1; else high = middle;
      }
      return low;
    }
    function mark() {
      const all = [];
      for (const trade of drawn) {
        const long = trade.row.side === "long";
        all.push({
          time: bars[trade.from].time, position: long ? "belowBar" : "aboveBar", color: palette.ink,
          shape: long ? "arrowUp" : "arrowDown", size: 1, text: boxes.detail ? trade.row.strategy : undefined,
        });
        if (trade.row.state === "open") continue;
        all.push({
          time: bars[trade.to].time, position: long ? "aboveBar" : "belowBar", color: trade.won ? palette.gain : palette.loss,
          shape: trade.won ? "circle" : "square", size: 0.7,
          text: boxes.detail ? `${trade.row.state.replace("_", " ")} ${trade.row.shown.r} R` : undefined,
        });
      }
      marks.setMarkers(all.sort((one, other) => one.time - other.time));
    }
    function show(seconds, around) {
      step = seconds;
      bars = seconds === data.step ? base : slower(base, seconds);
      series.setData(bars);
      const low = Math.min(...bars.map((bar) => bar.low)), high = Math.max(...bars.map((bar) => bar.high));
      series.priceScale().applyOptions({ mode: low > 0 && high > 4 * low ? L.PriceScaleMode.Logarithmic : L.PriceScaleMode.Normal });
      drawn = data.trades[symbol].map((row) => ({
        row, from: indexOf(row.opened), to: indexOf(row.closed), entry: number(row.entry), exit: number(row.exit),
        stop: number(row.stop), target: number(row.target), won: !row.pnl.startsWith("-"),
      }));
      boxes.trades = bars.length ? drawn : [];
      if (!bars.length) drawn = [];
      for (const button of buttons.children) button.setAttribute("aria-pressed", String(Number(button.value) === seconds));
      if (around) {
        const from = indexOf(around.opened), to = indexOf(around.closed);
        const margin = Math.max(20, to - from);
        chart.timeScale().setVisibleLogicalRange({ from: from - margin, to: to + margin });
      } else chart.timeScale().fitContent();
      look();
      mark();
      tell(null);
    }
    function look() {
      const range = chart.timeScale().getVisibleLogicalRange();
      const detail = range !== null && range.to - range.from < 160;
      if (detail !== boxes.detail) {
        boxes.detail = detail;
        mark();
        if (boxes.update) boxes.update();
      }
    }
    function tell(bar) {
      const shown = bar || bars[bars.length - 1];
      if (!shown) { legend.textContent = "no candles of this symbol"; return; }
      const index = indexOf(shown.time);
      const held = drawn.filter((trade) => trade.from <= index && index <= trade.to).slice(0, 2)
        .map((trade) => `  ${trade.row.side} by ${trade.row.strategy}: ${trade.row.shown.pnl} (${trade.row.shown.r} R, ${trade.row.state.replace("_", " ")})`);
      legend.replaceChildren(
        make("b", utc(shown.time)), " UTC  ",
        ...["open", "high", "low", "close"].flatMap((name) => [`${name} `, make("b", grouped(shown[name], places)), "  "]),
        ...(bar ? held : []),
      );
    }
    function table() {
      rows.replaceChildren(...data.trades[symbol].map((row) => {
        const line = make("tr", undefined, "pick");
        line.tabIndex = 0;
        const cell = (text, kind) => line.append(make("td", text, kind));
        const result = row.pnl.startsWith("-") ? "n loss" : "n gain";
        cell(utc(row.opened)); cell(row.state === "open" ? "open" : utc(row.closed));
        cell(row.side); cell(row.strategy);
        cell(row.entry, "n"); cell(row.stop ?? "-", "n"); cell(row.target ?? "-", "n"); cell(row.exit, "n");
        cell(row.state.replace("_", " ")); cell(row.shown.pnl, result); cell(row.shown.r, result);
        line.append(make("td", undefined, "id"));
        line.lastChild.textContent = row.id.slice(0, 8);
        const zoom = () => {
          show(data.step, row);
          document.getElementById("candles").scrollIntoView({ block: "start" });
        };
        line.addEventListener("click", zoom);
        line.addEventListener("keydown", (event) => { if (event.key === "Enter") zoom(); });
        return line;
      }));
    }
    function choose(name) {
      symbol = name;
      const packed = data.candles[name];
      places = packed.places;
      base = decode(packed);
      series.applyOptions({ priceFormat: { type: "price", precision: places, minMove: 10 ** -places } });
      document.getElementById("symbol-printed").textContent = name;
      table();
      // The slowest that still fills the width; a click on a trade shows the fastest.
      const fitting = data.steps.find((seconds) => base.length * data.step / seconds <= 750) ?? data.steps[data.steps.length - 1];
      show(fitting);
    }
    select.addEventListener("change", () => choose(select.value));
    for (const button of buttons.children) button.addEventListener("click", () => show(Number(button.value)));
    chart.timeScale().subscribeVisibleLogicalRangeChange(look);
    chart.subscribeCrosshairMove((move) => tell(move.logical === undefined ? null : bars[move.logical] || null));
    choose(symbols.includes(symbol) ? symbol : symbols[0]);
    paint();
  }

  function repaint() {
    for (const each of charts) {
      each.paint();
      if (each.watermark) each.watermark.applyOptions({ lines: [{ text: "SIMULATED MARKET", color: soft(palette.quiet, 0.2), fontSize: 26, fontStyle: "bold" }] });
    }
  }
  dark.addEventListener("change", () => { palette = dark.matches ? night : light; repaint(); });

  // Paper is light, and canvases that were just drawn come out empty: a still image stands in, all is unfolded.
  const paper = { width: 1035, height: 450 };
  function still(element, chart) {
    const range = chart.timeScale().getVisibleLogicalRange();
    chart.resize(paper.width - 1, paper.height);
    if (range) chart.timeScale().setVisibleLogicalRange(range);
    chart.resize(paper.width, paper.height, true);
    const ratio = window.devicePixelRatio;
    const whole = element.getBoundingClientRect();
    const canvas = make("canvas");
    canvas.width = paper.width * ratio;
    canvas.height = paper.height * ratio;
    const context = canvas.getContext("2d");
    for (const each of element.querySelectorAll("canvas")) {
      const part = each.getBoundingClientRect();
      if (!part.width || !part.height) continue;
      context.drawImage(each, (part.left - whole.left) * ratio, (part.top - whole.top) * ratio, part.width * ratio, part.height * ratio);
    }
    const image = make("img", undefined, "drawn");
    image.alt = element.getAttribute("aria-label");
    image.decoding = "sync";
    image.src = canvas.toDataURL();
    element.before(image);
  }
  let folded = [];
  window.addEventListener("beforeprint", () => {
    palette = light;
    printing = true;
    repaint();
    for (const { element, chart } of charts) still(element, chart);
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const each of folded) each.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const image of document.querySelectorAll(".drawn")) image.remove();
    for (const each of folded) each.open = false;
    palette = dark.matches ? night : light;
    printing = false;
    repaint();
  });

  equity();
  candles();
})();
