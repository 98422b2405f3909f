const response = await fetch("numbers");
const numbers = await response.json();
const sum = numbers.reduce((all, number) => all + number, 0);
document.querySelector("#sum").textContent = `${numbers.length} numbers make ${sum}`;
