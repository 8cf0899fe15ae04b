export { useSeedanceMock } from "./jest.cjs";
