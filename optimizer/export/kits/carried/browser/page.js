import { Model } from './model.js';

const say = (text) => {
  document.querySelector('#said').textContent = text;
};

// Runs something, and says so where it fails.
const doing = (work) => (event) => work(event).catch((error) => say(String(error?.stack ?? error)));

const told = ({ kind, label, score, values, output }) => {
  if (kind === 'class' || kind === 'anomaly') return `${label} (${score.toPrecision(4)})`;
  if (kind === 'labels') return label || 'none';
  return `${output}: ${Array.from(values.slice(0, 12), (value) => value.toPrecision(4)).join(' ')}`;
};

try {
  const model = await Model.load();
  say('Ready.');
  document.querySelector('#picture').disabled = !model.facts.inputs[0].picture;
  document.querySelector('#picture').addEventListener('change', doing(async ({ target }) => {
    const image = await createImageBitmap(target.files[0]);
    const answers = await model.predict([model.picture(image)]);
    say(answers.map(told).join('\n'));
  }));
  document.querySelector('#test').addEventListener('click', doing(async () => {
    const vectors = await model.testVectors();
    const lines = vectors.map(({ off, asExpected }, at) => {
      const far = off.map((one) => one.toPrecision(3)).join(', ');
      return `vector ${at}: off by ${far}, ${asExpected ? 'as expected' : 'not as expected'}`;
    });
    const well = vectors.every((one) => one.asExpected);
    say([...lines, well ? 'All vectors are as expected.' : 'Some are not.'].join('\n'));
  }));
  document.querySelector('#test').disabled = false;
} catch (error) {
  say(String(error));
}
