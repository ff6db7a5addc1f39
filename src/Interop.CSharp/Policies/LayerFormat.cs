using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.FSharp.Collections;
using MtrlFunctional.Networks;
using Layer = MtrlFunctional.Networks.RowLayer;

namespace MtrlFunctional.Policies;

/// <summary>Steps in the metadata of a policy file: an object with a "kind" and sizes; numbers are tensors.</summary>
internal static class LayerFormat
{
    /// <summary>Receives a tensor of a layer.</summary>
    internal delegate void TensorSink(string name, float[] numbers, params long[] shape);

    /// <summary>A step as an object of the metadata.</summary>
    /// <param name="step">The step.</param>
    /// <param name="tensor">Receives its numbers.</param>
    internal static JsonObject Describe(RowStep step, TensorSink tensor)
    {
        var (kind, names, sizes) = Parts(step.Layer);
        var json = new JsonObject { ["kind"] = kind };
        foreach (var (name, size) in sizes)
            json[name] = size;
        var numbers = RowLayerModule.Numbers(step.Layer).ToArray();
        var sets = numbers.Select(one => one.Sets).DefaultIfEmpty(1).Max();
        if (numbers.Length > 0)
            json["per_task"] = sets > 1;
        foreach (var (name, one) in names.Zip(numbers))
        {
            long[] shape = [.. one.Shape.Select(size => (long)size)];

            // All tensors of a layer have as many sets.
            if (sets > 1)
                tensor(name, [.. Enumerable.Repeat(one.Values, sets / one.Sets).SelectMany(values => values)], [sets, .. shape]);
            else
                tensor(name, one.Values, shape);
        }

        if (step.Back is not [1])
            json["back"] = new JsonArray([.. step.Back.Select(back => (JsonNode)back)]);
        return json;
    }

    /// <summary>Kind of a layer, names of its numbers, and its sizes.</summary>
    private static (string Kind, string[] Numbers, (string Name, JsonNode Value)[] Sizes) Parts(Layer layer) => layer switch
    {
        Layer.Dense { Item: var d } =>
            ("dense", ["weight", "bias"], [("inputs", d.Inputs), ("units", d.Units)]),
        Layer.Convolve { Item: var c } =>
            ("convolve", ["weight", "bias"], [("side", c.Side), ("stride", c.Stride), ("divisor", c.Divisor)]),
        Layer.Activate { Item.IsRelu: true } => ("relu", [], []),
        Layer.Activate => ("tanh", [], []),
        Layer.Normalise => ("layer_norm", ["gain", "shift"], []),
        Layer.Standardise s => ("standardise", ["mean", "deviation"], [("bound", s.Bound)]),
        Layer.AppendTask => ("append_task", ["numbers"], []),
        Layer.ScaleTask => ("scale_task", ["scale", "shift"], []),
        Layer.Blend => ("blend", ["numbers"], []),
        Layer.Orthonormalise { Vectors: var vectors } => ("orthonormalise", [], [("vectors", vectors)]),
        Layer.Softmax { Size: var size } => ("softmax", [], [("size", size)]),
        Layer.Sum { Weights: var weights } =>
            ("sum", [], [("weights", new JsonArray([.. weights.Select(weight => (JsonNode)weight)]))]),
        Layer.Product { Inner: var inner } => ("product", [], [("inner", inner)]),
        Layer.Keep { Count: var count } => ("keep", [], [("count", count)]),
        { IsJoin: true } => ("join", [], []),
        { IsLimit: true } => ("limit", [], []),
        _ => ("choose", [], []),
    };

    /// <summary>A step from its object.</summary>
    /// <param name="json">The object.</param>
    /// <param name="tensor">Shape and numbers by the name of a tensor.</param>
    /// <exception cref="JsonException">An unknown kind.</exception>
    internal static RowStep Read(JsonElement json, Func<string, (int[] Shape, float[] Values)> tensor)
    {
        var back = json.TryGetProperty("back", out var rows) ? rows.EnumerateArray().Select(row => row.GetInt32()) : [1];
        return new RowStep(ReadLayer(json, tensor), ListModule.OfSeq(back));
    }

    private static Layer ReadLayer(JsonElement json, Func<string, (int[] Shape, float[] Values)> tensor)
    {
        var kind = json.GetProperty("kind").GetString();

        // Version 1 left it out where there is a set for each task in any case.
        var ofTasks = json.TryGetProperty("per_task", out var flag) ? flag.GetBoolean() : kind is "append_task" or "scale_task";
        int Size(string name) => json.GetProperty(name).GetInt32();
        float Number(string name) => json.GetProperty(name).GetSingle();
        RowNumbers Numbers(string name) => NumbersOf(name, tensor(name), ofTasks);
        return kind switch
        {
            "dense" => Layer.NewDense(new DenseRows(Numbers("weight"), Numbers("bias"))),
            "convolve" => Layer.NewConvolve(new ConvolutionRows(
                Size("side"), Size("stride"), Number("divisor"), Numbers("weight"), Numbers("bias"))),
            "relu" => Layer.NewActivate(Activation.Relu),
            "tanh" => Layer.NewActivate(Activation.Tanh),
            "layer_norm" => Layer.NewNormalise(Numbers("gain"), Numbers("shift")),
            "standardise" => Layer.NewStandardise(Numbers("mean"), Numbers("deviation"), Number("bound")),
            "append_task" => Layer.NewAppendTask(Numbers("numbers")),
            "scale_task" => Layer.NewScaleTask(Numbers("scale"), Numbers("shift")),
            "blend" => Layer.NewBlend(Numbers("numbers")),
            "orthonormalise" => Layer.NewOrthonormalise(Size("vectors")),
            "softmax" => Layer.NewSoftmax(Size("size")),
            "sum" => Layer.NewSum([.. json.GetProperty("weights").EnumerateArray().Select(weight => weight.GetSingle())]),
            "product" => Layer.NewProduct(Size("inner")),
            "keep" => Layer.NewKeep(Size("count")),
            "join" => Layer.Join,
            "limit" => Layer.Limit,
            "choose" => Layer.Choose,
            var other => throw new JsonException($"layers of the kind '{other}' are unknown"),
        };
    }

    private static RowNumbers NumbersOf(string name, (int[] Shape, float[] Values) tensor, bool ofTasks)
    {
        if (tensor.Values.Length == 0 || (ofTasks && tensor.Shape.Length == 0))
            throw new JsonException($"the tensor '{name}' of a layer is empty");
        return ofTasks
            ? new RowNumbers(ListModule.OfSeq(tensor.Shape[1..]), tensor.Shape[0], tensor.Values)
            : new RowNumbers(ListModule.OfArray(tensor.Shape), 1, tensor.Values);
    }
}
