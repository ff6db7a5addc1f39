using System.Text.Json;
using MtrlFunctional.Networks;
using Layer = MtrlFunctional.Networks.RowLayer;

namespace MtrlFunctional.Policies;

/// <summary>Layers in the metadata of a policy file: an object with a "kind" and sizes; numbers are tensors.</summary>
internal static class LayerFormat
{
    /// <summary>Receives a tensor of a layer.</summary>
    internal delegate void TensorSink(string name, float[] numbers, params long[] shape);

    /// <summary>A layer as an object of the metadata.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="tasks">Tasks of the policy.</param>
    /// <param name="tensor">Receives its numbers.</param>
    internal static Dictionary<string, object> Describe(Layer layer, int tasks, TensorSink tensor)
    {
        switch (layer)
        {
            case Layer.Dense { Item: var dense }:
                long[] sets = dense.Bias.Length == dense.Units ? [] : [tasks];
                tensor("weight", dense.Weight, [.. sets, dense.Inputs, dense.Units]);
                tensor("bias", dense.Bias, [.. sets, dense.Units]);
                return new()
                {
                    ["kind"] = "dense",
                    ["inputs"] = dense.Inputs,
                    ["units"] = dense.Units,
                    ["per_task"] = sets.Length > 0,
                    ["rounded"] = dense.IsRounded,
                };
            case Layer.Activate { Item.IsRelu: true }:
                return Kind("relu");
            case Layer.Activate:
                return Kind("tanh");
            case Layer.Normalise normal:
                tensor("gain", normal.Gain, normal.Gain.Length);
                tensor("shift", normal.Shift, normal.Shift.Length);
                return Kind("layer_norm");
            case Layer.Standardise standard:
                tensor("mean", standard.Mean, standard.Mean.Length);
                tensor("deviation", standard.Deviation, standard.Deviation.Length);
                return new() { ["kind"] = "standardise", ["bound"] = standard.Bound };
            case Layer.AppendTask append:
                tensor("numbers", append.Numbers, tasks, append.Width);
                return new() { ["kind"] = "append_task", ["width"] = append.Width };
            case Layer.ScaleTask scale:
                tensor("scale", scale.Scale, tasks);
                tensor("shift", scale.Shift, tasks);
                return Kind("scale_task");
            case Layer.Keep { Count: var count }:
                return new() { ["kind"] = "keep", ["count"] = count };
            case { IsLimit: true }:
                return Kind("limit");
            default:
                return Kind("choose");
        }
    }

    /// <summary>A layer from its object.</summary>
    /// <param name="json">The object.</param>
    /// <param name="tensor">Numbers by the name of a tensor.</param>
    /// <exception cref="JsonException">An unknown kind.</exception>
    internal static Layer Read(JsonElement json, Func<string, float[]> tensor)
    {
        int Size(string name) => json.GetProperty(name).GetInt32();
        return json.GetProperty("kind").GetString() switch
        {
            "dense" => Layer.NewDense(new DenseRows(
                Size("inputs"), Size("units"), tensor("weight"), tensor("bias"), json.GetProperty("rounded").GetBoolean())),
            "relu" => Layer.NewActivate(Activation.Relu),
            "tanh" => Layer.NewActivate(Activation.Tanh),
            "layer_norm" => Layer.NewNormalise(tensor("gain"), tensor("shift")),
            "standardise" => Layer.NewStandardise(
                tensor("mean"), tensor("deviation"), json.GetProperty("bound").GetSingle()),
            "append_task" => Layer.NewAppendTask(Size("width"), tensor("numbers")),
            "scale_task" => Layer.NewScaleTask(tensor("scale"), tensor("shift")),
            "keep" => Layer.NewKeep(Size("count")),
            "limit" => Layer.Limit,
            "choose" => Layer.Choose,
            var other => throw new JsonException($"layers of the kind '{other}' are unknown"),
        };
    }

    private static Dictionary<string, object> Kind(string kind) => new() { ["kind"] = kind };
}
