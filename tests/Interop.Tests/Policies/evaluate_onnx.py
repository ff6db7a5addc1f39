"""Checks ONNX policies and evaluates them with NumPy: python3 evaluate_onnx.py FOLDER

For each NAME.onnx, reads NAME.observations (float32) and NAME.tasks (int64) and writes NAME.actions (float32).
The operators are those of opset 17, as its documentation defines them.
"""
import pathlib, sys
import numpy as np
import onnx
from onnx import numpy_helper


def bfloat16(x):
    bits = x.astype("<f4").view("<u4")
    return ((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000).astype("<u4").view("<f4")


def layer_normalization(x, scale, axis, epsilon):
    centred = x - x.mean(axis=axis, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=axis, keepdims=True) + np.float32(epsilon)) * scale


def softmax(x, axis):
    powers = np.exp(x - x.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def conv(x, filters, bias, strides):
    windows = np.lib.stride_tricks.sliding_window_view(x, filters.shape[2:], (2, 3))[:, :, :: strides[0], :: strides[1]]
    return np.einsum("bcijkl,fckl->bfij", windows, filters) + bias[:, None, None]


def reshape(x, shape):
    return x.reshape([x.shape[i] if size == 0 else size for i, size in enumerate(shape)])


def slice_(x, starts, ends, axes):
    index = [slice(None)] * x.ndim
    for start, end, axis in zip(starts, ends, axes):
        index[axis] = slice(start, end)
    return x[tuple(index)]


OPERATORS = {
    "Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide, "MatMul": np.matmul, "Tanh": np.tanh,
    "Relu": lambda x: np.maximum(x, 0),
    "Clip": np.clip, "Greater": np.greater, "Max": np.maximum, "Sqrt": np.sqrt, "Conv": conv, "Softmax": softmax, "Reshape": reshape,
    "ReduceSum": lambda x, axes, keepdims: x.sum(tuple(axes), keepdims=bool(keepdims)),
    "Shape": lambda x, start, end: np.array(x.shape[start:end]),
    "Expand": lambda x, shape: np.broadcast_to(x, shape),
    "Identity": lambda x: x,
    "Gemm": lambda x, w, b: x @ w + b,
    "Gather": lambda x, i: x[i],
    "Concat": lambda *xs, axis: np.concatenate(xs, axis),
    "Slice": slice_,
    "Squeeze": lambda x, axes: np.squeeze(x, tuple(axes)),
    "Unsqueeze": lambda x, axes: np.expand_dims(x, tuple(axes)),
    "ArgMax": lambda x, axis, keepdims: np.argmax(x, axis),
    "OneHot": lambda i, depth, values: np.where(np.arange(depth[0]) == i[:, None], values[1], values[0]),
    "Cast": lambda x, to: bfloat16(x) if to == onnx.TensorProto.BFLOAT16 else x.astype("<f4"),
    "LayerNormalization": layer_normalization,
}


def evaluate(model, values):
    values.update((c.name, numpy_helper.to_array(c)) for c in model.graph.initializer)
    for node in model.graph.node:
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        values[node.output[0]] = OPERATORS[node.op_type](*[values[name] for name in node.input], **attributes)
    return values["action"]


for file in pathlib.Path(sys.argv[1]).glob("*.onnx"):
    model = onnx.load(file)
    onnx.checker.check_model(model, full_check=True)
    width = model.graph.input[0].type.tensor_type.shape.dim[1].dim_value
    observations = np.fromfile(file.with_suffix(".observations"), "<f4").reshape(-1, width)
    tasks = np.fromfile(file.with_suffix(".tasks"), "<i8")
    actions = evaluate(model, {"observation": observations, "task": tasks})
    assert actions.shape == (len(tasks), model.graph.output[0].type.tensor_type.shape.dim[1].dim_value)
    actions.astype("<f4").tofile(file.with_suffix(".actions"))
