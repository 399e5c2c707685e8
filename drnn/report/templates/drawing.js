"use strict";
// What the player draws of the recording: a skeleton that can be turned, or a video's picture.

const TRAIL = [[8, 0.1], [4, 0.2]]; // frames before, and how dark they are drawn

/** A sequence's skeleton at frame t, turned about the vertical axis, with fainter ones of the frames before. */
function figure(context, { bones, head, pose, turn }, t, [width, height]) {
  const scale = 0.46 * Math.min(width / pose.wide, height / pose.high);
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const place = (joint, frame) => {
    const [x, y, z] = [0, 1, 2].map((axis) => pose.at(joint, axis, frame));
    return [width / 2 + scale * (cos * x + sin * z), height / 2 - scale * y];
  };
  const { color, outlineColor } = getComputedStyle(context.canvas);
  context.clearRect(0, 0, width, height);
  Object.assign(context, { lineCap: "round", lineJoin: "round", strokeStyle: color });
  for (const [back, alpha] of [...TRAIL, [0, 1]]) {
    if (back > t) continue;
    const at = Array.from({ length: pose.count }, (_, joint) => place(joint, t - back));
    context.globalAlpha = alpha;
    context.lineWidth = Math.max(2.5, height / 80);
    context.beginPath();
    for (const [a, b] of bones) {
      context.moveTo(...at[a]);
      context.lineTo(...at[b]);
    }
    context.stroke();
    context.fillStyle = back ? color : outlineColor;
    at.forEach((point, joint) => dot(context, point, height / (joint === head ? 26 : 75)));
  }
  context.globalAlpha = 1;
}

function dot(context, [x, y], radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

/** A sequence's coordinates, and how far they reach to the side, however the figure is turned, and up or down. */
function posed({ joints, posed }, start, length) {
  const count = joints.length / posed / 3;
  const at = (joint, axis, frame) => joints[(3 * joint + axis) * posed + start + frame];
  let [wide, high] = [1, 1];
  for (let frame = 0; frame < length; frame++) {
    for (let joint = 0; joint < count; joint++) {
      wide = Math.max(wide, Math.hypot(at(joint, 0, frame), at(joint, 2, frame)));
      high = Math.max(high, Math.abs(at(joint, 1, frame)));
    }
  }
  return { at, count, wide, high };
}

/** The picture of a video nearest before frame t, from the sheet that holds them side by side. */
function film(context, pictures, t, [width, height], again) {
  if (!pictures.sheet) {
    pictures.sheet = new Image();
    pictures.sheet.onload = again;
    pictures.sheet.src = `data:image/jpeg;base64,${pictures.jpeg}`;
  }
  if (!pictures.sheet.complete) return;
  const number = Math.max(0, pictures.times.findLastIndex((time) => time <= t));
  const [w, h] = [pictures.width, pictures.height];
  const scale = Math.min(width / w, height / h);
  const from = [(number % pictures.columns) * w, Math.floor(number / pictures.columns) * h, w, h];
  const to = [(width - scale * w) / 2, (height - scale * h) / 2, scale * w, scale * h];
  context.drawImage(pictures.sheet, ...from, ...to);
}
