let beats = 0;
console.log("worker started");
const timer = setInterval(() => console.log(`beat ${++beats}`), 500);
process.on("SIGTERM", () => {
  clearInterval(timer);
  console.log("worker stopped in order");
});
