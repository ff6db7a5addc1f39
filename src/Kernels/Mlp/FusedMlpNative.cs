using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>Minibatch training with Adam and gradients of minibatches in one call (native/fused_mlp.cpp), and Fisher products
/// (native/fisher.cpp).</summary>
internal static unsafe partial class FusedMlpNative
{
    internal static bool IsAvailable { get; } = NativeKernels.IsAvailable && mt_has_fused_mlp() != 0;

    internal static void Run(FusedMlpJob work, AdamRule rule, long step, Tensor p, Tensor m, Tensor v, Tensor losses) =>
        Call(work, rule, step, job => mt_fused_mlp_f32(
            (MlpJob*)job, p.Pointer(), m.Pointer(), v.Pointer(), losses.Pointer()));

    internal static void Gradients(FusedMlpJob work, Tensor p, Tensor gradients, Tensor losses)
    {
        Call(work, default, 0, job => mt_fused_mlp_gradients_f32(
            (MlpJob*)job, p.Pointer(), gradients.Pointer(), losses.Pointer()));
        GC.KeepAlive(p);
    }

    internal static void Fisher(FusedMlpJob work, Tensor p, Tensor v, Tensor to)
    {
        Call(work, default, 0, job => mt_fisher_f32((MlpJob*)job, p.Pointer(), v.Pointer(), to.Pointer()));
        GC.KeepAlive(p);
        GC.KeepAlive(v);
    }

    internal static void Forward(FusedMlpNetwork network, Tensor p, Tensor obs, long[] places, int first, int next, Tensor results)
    {
        fixed (long* place = places)
        {
            var starts = stackalloc long[] { first, next };
            Call(network, new MlpJob { Obs = obs.Pointer(), Places = place, Starts = starts, Minibatches = 1 }, job =>
                mt_fused_mlp_forward_f32((MlpJob*)job, p.Pointer(), results.Pointer()));
        }

        GC.KeepAlive(p);
        GC.KeepAlive(obs);
        GC.KeepAlive(results);
    }

    private static void Call(FusedMlpJob work, AdamRule rule, long step, Func<nint, int> call)
    {
        fixed (long* places = work.Places, starts = work.Starts)
        fixed (float* advantage = work.Advantage)
        fixed (double* entropy = work.Entropy)
        fixed (int* actions = work.ActionSizes)
        {
            var job = new MlpJob
            {
                Loss = (int)work.Loss,
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
                Rule = rule,
                Step = step,
                Obs = work.Obs.Pointer(),
                Target = work.Target.Pointer(),
                Advantage = advantage,
                Before = work.Before.Pointer(),
                Places = places,
                Starts = starts,
                Minibatches = work.Starts.Length - 1,
                Parts = work.Parts,
                Threads = work.Threads,
            };
            Call(work.Network, job, call);
        }

        GC.KeepAlive(work);
    }

    private static void Call(FusedMlpNetwork network, MlpJob job, Func<nint, int> call)
    {
        var layers = Array.ConvertAll(network.Layers, layer => new Layer
        {
            Units = layer.Units,
            Owner = (int)layer.Owner,
            Normalised = layer.Normalised ? 1 : 0,
            Activation = (int)layer.Activation,
        });
        fixed (Layer* layer = layers)
        fixed (int* groups = network.Groups)
        {
            job.Layers = layer;
            job.Groups = groups;
            (job.Inputs, job.Depth) = (network.Inputs, layers.Length);
            (job.Tasks, job.RowsOfTask) = (network.Tasks, network.RowsOfTask);
            if (call((nint)(&job)) != 0)
                throw NativeKernels.LastError();
        }
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
        internal AdamRule Rule;
        internal long Step;
        internal nint Obs, Target;
        internal float* Advantage;
        internal nint Before;
        internal long* Places, Starts;
        internal long Minibatches;
        internal int Parts, Threads;
    }

    [LibraryImport(NativeKernels.Library)]
    private static partial int mt_has_fused_mlp();

    [LibraryImport(NativeKernels.Library)]
    private static partial int mt_fused_mlp_f32(MlpJob* job, nint p, nint m, nint v, nint losses);

    [LibraryImport(NativeKernels.Library)]
    private static partial int mt_fused_mlp_gradients_f32(MlpJob* job, nint p, nint gradients, nint losses);

    [LibraryImport(NativeKernels.Library)]
    private static partial int mt_fused_mlp_forward_f32(MlpJob* job, nint p, nint results);

    [LibraryImport(NativeKernels.Library)]
    private static partial int mt_fisher_f32(MlpJob* job, nint p, nint v, nint to);
}
