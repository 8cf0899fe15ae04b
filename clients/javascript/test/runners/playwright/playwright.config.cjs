// Playwright empties its output folder before a run: runners.test.mjs gives it a new one.
const outputDir = process.env.SEEDANCE_TEST_OUTPUT ?? "test-results";

module.exports = { testDir: ".", workers: 1, reporter: "json", outputDir };
