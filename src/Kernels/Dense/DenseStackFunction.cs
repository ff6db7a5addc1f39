using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary><see cref="DenseStack"/> with its gradients in single precision: one node of the recorded computation for all layers.</summary>
/// <remarks>Arguments: the plan, x, the weights, the biases. An exception may not pass the native frames between
/// <see cref="backward"/> and who asked for gradients: <see cref="Rethrow"/> throws it after them.</remarks>
internal sealed class DenseStackFunction : autograd.SingleTensorFunction<DenseStackFunction>
{
    private const string Plan = "plan", Needed = "needed";

    [ThreadStatic]
    private static ExceptionDispatchInfo? s_failure;

    public override string Name => nameof(DenseStackFunction);

    /// <summary>x and the result of each layer, of rounded layers in bfloat16 where its products are fast.</summary>
    internal static List<Tensor> Results(StackPlan plan, Tensor x, Tensor[] weights, Tensor[] biases)
    {
        using var scope = NewDisposeScope();
        List<Tensor> results = [x];
        for (var i = 0; i < plan.Count; i++)
        {
            var bias = plan.HasBias ? Operand(plan, i, biases[i]) : null;
            var y = Layer(Operand(plan, i, results[i]), Operand(plan, i, weights[i]), bias, plan.HasRelu(i));
            results.Add(Result(plan, i, y).MoveToOuterDisposeScope());
        }

        return results;
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var plan = (StackPlan)vars[0];
        var x = (Tensor)vars[1];
        Tensor[] parameters = [.. vars.Skip(2).Cast<Tensor>()];
        var results = Results(plan, x, parameters[..plan.Count], parameters[plan.Count..]);
        ctx.save_data(Plan, plan);
        ctx.save_data(Needed, (bool[])[x.requires_grad, .. parameters.Select(p => p.requires_grad)]);
        ctx.save_for_backward([.. results, .. parameters]);
        return results[^1].to_type(x.dtype);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        try
        {
            return Gradients(ctx, grad_output);
        }
        catch (Exception e)
        {
            s_failure ??= ExceptionDispatchInfo.Capture(e);
            var plan = (StackPlan)ctx.get_data(Plan);
            return [.. new Tensor[2 + (plan.HasBias ? 2 : 1) * plan.Count]];
        }
    }

    /// <summary>Throws what ended a backward pass of this thread, if something did.</summary>
    internal static void Rethrow()
    {
        var failure = s_failure;
        s_failure = null;
        failure?.Throw();
    }

    private static List<Tensor> Gradients(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        var plan = (StackPlan)ctx.get_data(Plan);
        var n = plan.Count;
        Tensor[] saved = [.. ctx.get_saved_variables()];
        var (results, weights) = (saved[..(n + 1)], saved[(n + 1)..((2 * n) + 1)]);
        // A gradient of this gradient is wanted: what was saved are numbers, not functions of the parameters.
        var isRecorded = is_grad_enabled();
        if (isRecorded)
            results = [.. DenseStack.Results(plan, results[0], weights, saved[((2 * n) + 1)..])];
        Tensor Product(int layer, Tensor x, Tensor weight) =>
            isRecorded || !UsesOneDnn(x)
                ? Result(plan, layer, Products.MatMul(x, weight.transpose(-2, -1)))
                : OneDnn.Linear(x, weight, null);
        var needed = (bool[])ctx.get_data(Needed);
        var (needsInput, needsWeight) = (needed[0], needed[1..(n + 1)]);
        var (ofWeights, ofBiases) = (new Tensor[n], new Tensor[plan.HasBias ? n : 0]);
        var rows = isRecorded || needed[1..].Any(isNeeded => isNeeded) ? null : NonZeroRows(grad_output);
        if (rows is not null)
            results = [.. results.Select(result => result.index_select(0, rows))];
        var (exact, g) = (grad_output.dtype, rows is null ? grad_output : grad_output.index_select(0, rows));
        for (var i = n - 1; i >= 0; i--)
        {
            (g, var ofBias) = BiasAndRelu.Gradient(plan.HasRelu(i) ? results[i + 1] : null, Operand(plan, i, g));
            if (plan.HasBias)
                ofBiases[i] = ofBias.to_type(exact);
            // Of a frozen network, through which a gradient passes, there is none.
            if (needsWeight[i])
                ofWeights[i] = Product(i, Operand(plan, i, results[i]).transpose(-2, -1), g.transpose(-2, -1)).to_type(exact);
            if (i > 0 || needsInput)
                g = Product(i, g, Operand(plan, i, weights[i]));
        }

        var ofInput = needsInput ? g.to_type(exact) : null!;
        if (rows is not null)
            ofInput = zeros([grad_output.shape[0], ofInput.shape[1]], exact).index_copy_(0, rows, ofInput);
        foreach (var made in (Tensor?[])[.. ofWeights, .. ofBiases])
            made?.MoveToOuterDisposeScope();
        return [null!, needsInput ? ofInput.MoveToOuterDisposeScope() : null!, .. ofWeights, .. ofBiases];
    }

    /// <summary>The rows of the gradient of a single number per row that are not 0, where there are some and not most: of two critics each has a
    /// gradient only where it is the smaller.</summary>
    private static Tensor? NonZeroRows(Tensor grad_output)
    {
        if (grad_output.dim() != 2 || grad_output.shape[1] != 1)
            return null;
        var rows = grad_output.reshape(-1).nonzero().reshape(-1);
        return rows.shape[0] > 0 && rows.shape[0] < 0.75 * grad_output.shape[0] ? rows : null;
    }

    /// <summary>A layer outside the recorded computation.</summary>
    private static Tensor Layer(Tensor x, Tensor weight, Tensor? bias, bool relu)
    {
        if (!UsesOneDnn(x))
            return BiasAndRelu.Add(Products.MatMul(x, weight), bias, relu);
        var y = OneDnn.Linear(x, weight.transpose(0, 1), bias);
        return relu ? y.relu_() : y;
    }

    /// <summary>oneDNN's layer has no products of several matrices.</summary>
    private static bool UsesOneDnn(Tensor x) => OneDnn.IsFaster && x.dim() == 2;

    private static Tensor Operand(StackPlan plan, int layer, Tensor x) =>
        plan.Rounded[layer] ? DenseStack.Rounded(x) : x.to_type(ScalarType.Float32);

    private static Tensor Result(StackPlan plan, int layer, Tensor y) => DenseStack.Result(plan.Rounded[layer], y);
}
