export { useSeedanceMock } from "./node-test.cjs";
