// The same objects as in CommonJS, so that a program that loads both has each class once.
export { Control, ControlError, StartError, startMock } from "./index.cjs";
