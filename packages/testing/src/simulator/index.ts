export { report, type Run, simulate, type SimulationOptions } from "./simulation.js"
export { type Climate, describeWeather, type Weather, weatherOf } from "./weather.js"
