"""Where candles come from: files, the simulated market, and the slower bars made of them."""
