export { seedanceFixtures } from "./playwright.cjs";
