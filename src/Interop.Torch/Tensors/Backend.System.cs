using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using TorchSharp;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>Operations that TorchSharp lacks, by the native library; Backend.Nuget.cs has them in plain operations.</summary>
internal static unsafe class Backend
{
    /// <summary>The version of libtorch.</summary>
    internal static string Version => Marshal.PtrToStringUTF8(Native.mt_version()) ?? "unknown";

    /// <summary>The build configuration that libtorch reports.</summary>
    internal static string Build => Marshal.PtrToStringUTF8(Native.mt_build()) ?? "unknown";

    /// <summary>native/layers/dense.cpp.</summary>
    internal static Tensor Dense(Tensor x, Tensor weight, Tensor bias, bool relu, ScalarType result) =>
        Native.mt_dense(x, weight, bias, relu ? 1 : 0, (int)result);

    internal static Tensor Cat(Tensor[] tensors, long dimension) => torch.cat(tensors, dimension);

    /// <summary>Tensors that are adjacent in memory are not copied.</summary>
    internal static Tensor Flatten(Tensor[] tensors) =>
        Native.WithHandles(tensors, handles => Native.mt_flatten(handles, tensors.Length));

    /// <summary>On a GPU few kernels do it.</summary>
    internal static void CopyAll(Tensor[] targets, Tensor[] sources) =>
        Native.Check(Native.WithHandles(targets, to =>
            Native.WithHandles(sources, from => Native.mt_copy_all(to, from, targets.Length))));

    internal static Tensor Slice(Tensor vector, long offset, long[] shape)
    {
        fixed (long* sizes = shape)
            return Native.mt_slice(vector, offset, sizes, shape.Length);
    }

    private static ulong Bits(bool[] flags)
    {
        if (flags.Length > 64)
            throw new ArgumentException($"{flags.Length} layers: at most 64 are computed together.");
        var bits = 0UL;
        for (var i = 0; i < flags.Length; i++)
            bits |= flags[i] ? 1UL << i : 0;
        return bits;
    }

    /// <summary>native/layers/stack.cpp.</summary>
    internal static Tensor DenseStack(Tensor x, Tensor[] weights, Tensor[] biases, bool[] rounded)
    {
        var bits = Bits(rounded);
        return Native.WithHandles(weights, w =>
            Native.WithHandles(biases, b => Native.mt_dense_stack(x, w, b, weights.Length, bits)));
    }

    /// <summary>native/layers/blended.cpp.</summary>
    internal static Tensor BlendedDense(
        Tensor x, Tensor coefficients, Tensor sets, Tensor origin, Tensor bias, bool relu) =>
        Native.mt_blended_dense(x, coefficients, sets, origin, bias, relu ? 1 : 0);

    /// <summary>native/layers/gru.cpp.</summary>
    internal static Tensor Gru(Tensor gates, Tensor keep, Tensor start, Tensor weight, Tensor bias) =>
        Native.mt_gru(gates, keep, start, weight, bias);

    /// <summary>native/layers/rollout.cpp.</summary>
    internal static bool CanRollout(Tensor state) => Native.mt_can_rollout(state) != 0;

    internal static Tensor Rollout(
        Tensor state, Tensor sequences, Tensor[] weights, Tensor[] biases, double discount, bool terminates) =>
        Native.WithHandles(weights, w => Native.WithHandles(biases, b =>
            Native.mt_rollout(state, sequences, w, b, weights.Length, discount, terminates ? 1 : 0)));

    /// <summary>native/convolutions/plain.cpp.</summary>
    internal static Tensor Convolve(Tensor x, Tensor weight, Tensor bias, long stride, bool relu) =>
        Native.mt_convolve(x, weight, bias, stride, relu ? 1 : 0);

    internal static Tensor ConvolveTransposed(
        Tensor x, Tensor weight, Tensor bias, long stride, long outputPadding, bool relu) =>
        Native.mt_convolve_transposed(x, weight, bias, stride, outputPadding, relu ? 1 : 0);

    /// <summary>native/convolutions/frames.cpp.</summary>
    internal static Tensor ConvolutionStack(Tensor x, double divisor, Tensor[] weights, Tensor[] biases) =>
        Native.WithHandles(weights, w =>
            Native.WithHandles(biases, b => Native.mt_convolution_stack(x, divisor, w, b, weights.Length)));

    internal static Tensor DeconvolutionStack(Tensor x, Tensor[] weights, Tensor[] biases) =>
        Native.WithHandles(weights, w =>
            Native.WithHandles(biases, b => Native.mt_deconvolution_stack(x, w, b, weights.Length)));

    /// <summary>native/projected/projected.cpp.</summary>
    internal static bool CanProject(Tensor x) => Native.mt_can_project(x) != 0;

    internal static Tensor Projected(Tensor x, Tensor[] parameters, ProjectedPlan plan)
    {
        var bits = Bits(plan.Rounded);
        return Native.WithHandles(parameters, handles =>
        {
            fixed (int* layers = plan.Places)
                return Native.mt_projected(
                    x, handles, parameters.Length, layers, plan.Rounded.Length, bits, plan.Tasks,
                    plan.Residual == ProjectedResidual.None ? 0 : 1, plan.Shares);
        });
    }
}

/// <summary>Kernels of a GPU that are launched together (native/tensors/graphs.cpp).</summary>
internal sealed class KernelGraph : SafeHandleZeroOrMinusOneIsInvalid
{
    /// <summary>A capture failed in CUDA. Its memory is then in no order that another capture could rely on.</summary>
    private static volatile bool s_hasFailed;

    private KernelGraph(nint graph)
        : base(ownsHandle: true) => SetHandle(graph);

    internal static bool IsAvailable(Device device) =>
        device.type == DeviceType.CUDA && !s_hasFailed && Native.mt_graphs_available() != 0;

    /// <summary>The kernels that a computation launches; it is not done.</summary>
    /// <exception cref="ExternalException">The computation waits for the device, or the device has too little memory. There are
    /// no graphs in this process from then on.</exception>
    internal static KernelGraph Capture(Device device, Action computation)
    {
        var graph = Native.mt_graph_begin(Math.Max(device.index, 0));
        if (graph == 0)
        {
            s_hasFailed = true;
            throw Native.LastError();
        }

        try
        {
            computation();
        }
        catch
        {
            // Its message is that of the computation.
            if (End(graph))
                Native.mt_graph_free(graph);
            throw;
        }

        return End(graph) ? new KernelGraph(graph) : throw Native.LastError();
    }

    /// <summary>After a failure the allocator of the device still refers to the graph, which is not freed.</summary>
    private static bool End(nint graph)
    {
        var isCaptured = Native.mt_graph_end(graph) == 0;
        s_hasFailed |= !isCaptured;
        return isCaptured;
    }

    internal void Launch() => Native.Check(Native.mt_graph_launch(this));

    protected override bool ReleaseHandle()
    {
        Native.mt_graph_free(handle);
        return true;
    }
}

/// <summary>
/// Threads that perform the same operations, each on its part of a batch, whose results and gradients are added up: what
/// all would compute alike they divide between them, so that a part's gradient may hold another's
/// (native/threads/team.cpp).
/// </summary>
internal sealed class ThreadTeam : SafeHandleZeroOrMinusOneIsInvalid
{
    /// <summary>A team of <paramref name="count"/> threads, at least 1.</summary>
    internal ThreadTeam(int count)
        : base(ownsHandle: true)
    {
        SetHandle(Native.mt_team_new(count));
        if (IsInvalid)
            throw Native.LastError();
    }

    /// <summary>Before the first <see cref="Enter"/> of each common computation.</summary>
    internal void Begin() => Native.mt_team_begin(this);

    /// <summary>The calling thread is a member until <see cref="Leave"/>, the first one 0. Every member must leave, also one
    /// that could not enter, or others wait for it.</summary>
    internal void Enter(int rank) => Native.Check(Native.mt_team_enter(this, rank));

    internal void Leave(int rank) => Native.Check(Native.mt_team_leave(this, rank));

    /// <summary>Members that wait for others. For other threads.</summary>
    internal int Sleepers => Native.mt_team_sleepers(this);

    protected override bool ReleaseHandle()
    {
        Native.mt_team_free(handle);
        return true;
    }
}

/// <summary>Adam in one pass over memory (native/optimisation/adam.cpp), for flat vectors of the CPU.</summary>
internal static unsafe partial class FusedAdam
{
    internal static bool IsAvailable => true;

    internal static long NonFiniteResults => mt_not_finite();

    /// <summary>Elements <paramref name="first"/> … <paramref name="end"/> − 1 of a step.</summary>
    internal static void Step(AdamWork work, long first, long end)
    {
        var rule = new Rule
        {
            Rate = work.Rule.Rate,
            Beta1 = work.Rule.Beta1,
            Beta2 = work.Rule.Beta2,
            Epsilon = work.Rule.Epsilon,
            Decay = work.Rule.WeightDecay,
            Step = work.Step,
        };
        var size = work.Parameters.dtype == ScalarType.Float32 ? sizeof(float) : sizeof(double);
        var start = 0L;
        for (var i = 0; i < work.Gradients[0].Length; i++)
        {
            var length = work.Gradients[0][i].numel();
            var (from, to) = (Math.Max(first - start, 0), Math.Min(end - start, length));
            if (from < to)
                StepPiece(work, &rule, i, start * size, from, to);
            start += length;
        }

        GC.KeepAlive(work);
    }

    /// <summary>The same within a piece of the gradient, whose place in the other vectors is given in bytes.</summary>
    private static void StepPiece(AdamWork work, Rule* rule, int piece, long place, long first, long end)
    {
        nint In(Tensor vector) => At(vector) + (nint)place;
        var (p1, m1, v1) = work.Outcome;
        nint[] gradients = [.. work.PartsOf(piece).Select(At)];
        fixed (nint* g = gradients)
        {
            if (p1.dtype == ScalarType.Float32)
                mt_adam_f32(
                    first, end, rule, g, gradients.Length, In(work.Parameters), In(work.Mean), In(work.Square), In(p1), In(m1), In(v1));
            else
                mt_adam_f64(
                    first, end, rule, g, gradients.Length, In(work.Parameters), In(work.Mean), In(work.Square), In(p1), In(m1), In(v1));
        }
    }

    /// <summary>Whether both are contiguous CPU tensors of one type and shape, without gradients.</summary>
    internal static bool CanPolyak(Tensor target, Tensor source) =>
        !target.requires_grad && !source.requires_grad
        && target.dtype == source.dtype && target.dtype is ScalarType.Float32 or ScalarType.Float64
        && target.device.type == DeviceType.CPU && source.device.type == DeviceType.CPU
        && target.is_contiguous() && source.is_contiguous()
        && target.shape.AsSpan().SequenceEqual(source.shape);

    /// <summary>Elements <paramref name="first"/> … <paramref name="end"/> − 1 of an average.</summary>
    internal static void Polyak(PolyakWork work, long first, long end)
    {
        var isSingle = work.Target.dtype == ScalarType.Float32;
        nint From(Tensor vector) => At(vector) + (nint)(first * (isSingle ? sizeof(float) : sizeof(double)));
        if (isSingle)
            mt_polyak_f32(end - first, work.Tau, From(work.Source), From(work.Target), From(work.Outcome));
        else
            mt_polyak_f64(end - first, work.Tau, From(work.Source), From(work.Target), From(work.Outcome));
        GC.KeepAlive(work);
    }

    private static nint At(Tensor x) => Ops.DataPointer(x);

    private struct Rule
    {
        internal double Rate, Beta1, Beta2, Epsilon, Decay;
        internal long Step;
    }

    [LibraryImport("mtrl_torch")]
    private static partial void mt_adam_f32(
        long first, long end, Rule* rule, nint* g, int parts, nint p, nint m, nint v, nint p1, nint m1, nint v1);

    [LibraryImport("mtrl_torch")]
    private static partial void mt_adam_f64(
        long first, long end, Rule* rule, nint* g, int parts, nint p, nint m, nint v, nint p1, nint m1, nint v1);

    [LibraryImport("mtrl_torch")]
    private static partial void mt_polyak_f32(long n, double tau, nint source, nint target, nint to);

    [LibraryImport("mtrl_torch")]
    private static partial void mt_polyak_f64(long n, double tau, nint source, nint target, nint to);

    [LibraryImport("mtrl_torch")]
    private static partial long mt_not_finite();
}

/// <summary>
/// Minibatch training with Adam and gradients of minibatches in one call (native/optimisation/fused_mlp.cpp), and
/// Fisher products (native/optimisation/fisher.cpp).
/// </summary>
internal static unsafe partial class FusedMlpNative
{
    internal static bool IsAvailable { get; } = mt_has_fused_mlp() != 0;

    internal static void Run(FusedMlpJob work, AdamRule rule, long step, Tensor p, Tensor m, Tensor v, Tensor losses) =>
        Call(work, rule, step, job => mt_fused_mlp_f32(
            (MlpJob*)job, Ops.DataPointer(p), Ops.DataPointer(m), Ops.DataPointer(v), Ops.DataPointer(losses)));

    internal static void Gradients(FusedMlpJob work, Tensor p, Tensor gradients, Tensor losses)
    {
        Call(work, default, 0, job => mt_fused_mlp_gradients_f32(
            (MlpJob*)job, Ops.DataPointer(p), Ops.DataPointer(gradients), Ops.DataPointer(losses)));
        GC.KeepAlive(p);
    }

    internal static void Fisher(FusedMlpJob work, Tensor p, Tensor v, Tensor to)
    {
        Call(work, default, 0, job => mt_fisher_f32((MlpJob*)job, Ops.DataPointer(p), Ops.DataPointer(v), Ops.DataPointer(to)));
        GC.KeepAlive(p);
        GC.KeepAlive(v);
    }

    private static void Call(FusedMlpJob work, AdamRule rule, long step, Func<nint, int> call)
    {
        var layers = Array.ConvertAll(work.Layers, layer => new Layer
        {
            Units = layer.Units,
            Owner = (int)layer.Owner,
            Normalised = layer.Normalised ? 1 : 0,
            Activation = (int)layer.Activation,
        });
        fixed (Layer* layer = layers)
        fixed (long* places = work.Places, starts = work.Starts)
        fixed (float* advantage = work.Advantage)
        fixed (double* entropy = work.Entropy)
        fixed (int* actions = work.ActionSizes, groups = work.Groups)
        {
            var job = new MlpJob
            {
                Inputs = work.Inputs,
                Layers = layer,
                Depth = layers.Length,
                Loss = (int)work.Loss,
                Tasks = work.Tasks,
                RowsOfTask = work.RowsOfTask,
                Groups = groups,
                StdParameters = work.StdParameters,
                IsScaled = work.IsScaled ? 1 : 0,
                Range = work.Range,
                Low = work.Low,
                High = work.High,
                Entropy = entropy,
                BoundsLoss = work.BoundsLoss,
                MeanBound = work.MeanBound,
                ActionSizes = actions,
                MaxNorm = work.MaxNorm,
                Rate = rule.Rate,
                Beta1 = rule.Beta1,
                Beta2 = rule.Beta2,
                Epsilon = rule.Epsilon,
                Decay = rule.WeightDecay,
                Step = step,
                Obs = Ops.DataPointer(work.Obs),
                Target = Ops.DataPointer(work.Target),
                Advantage = advantage,
                Before = Ops.DataPointer(work.Before),
                Places = places,
                Starts = starts,
                Minibatches = work.Starts.Length - 1,
            };
            if (call((nint)(&job)) != 0)
                throw Native.LastError();
        }

        GC.KeepAlive(work);
    }

    private struct Layer
    {
        internal long Units;
        internal int Owner, Normalised, Activation, Unused;
    }

    private struct MlpJob
    {
        internal long Inputs;
        internal Layer* Layers;
        internal int Depth, Loss;
        internal long Tasks, RowsOfTask;
        internal int* Groups;
        internal int StdParameters, IsScaled;
        internal double Range, Low, High;
        internal double* Entropy;
        internal double BoundsLoss, MeanBound;
        internal int* ActionSizes;
        internal double MaxNorm;
        internal double Rate, Beta1, Beta2, Epsilon, Decay;
        internal long Step;
        internal nint Obs, Target;
        internal float* Advantage;
        internal nint Before;
        internal long* Places, Starts;
        internal long Minibatches;
    }

    [LibraryImport("mtrl_torch")]
    private static partial int mt_has_fused_mlp();

    [LibraryImport("mtrl_torch")]
    private static partial int mt_fused_mlp_f32(MlpJob* job, nint p, nint m, nint v, nint losses);

    [LibraryImport("mtrl_torch")]
    private static partial int mt_fused_mlp_gradients_f32(MlpJob* job, nint p, nint gradients, nint losses);

    [LibraryImport("mtrl_torch")]
    private static partial int mt_fisher_f32(MlpJob* job, nint p, nint v, nint to);
}
