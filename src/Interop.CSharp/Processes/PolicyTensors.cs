using MtrlFunctional.Algorithms;
using MtrlFunctional.Training;
using static TorchSharp.torch;

namespace MtrlFunctional.Processes;

/// <summary>The numbers of a state on which actions depend, as bytes: states of one experiment have the same tensors.</summary>
/// <param name="Named">The tensors of the state by name.</param>
internal sealed record PolicyTensors(FSharpList<Tuple<string, Tensor>> Named)
{
    /// <summary>Writes the policy.</summary>
    internal void Write(BinaryWriter writer)
    {
        foreach (var (_, tensor) in Named.Where(IsPlayed))
            writer.Write(tensor.cpu().contiguous().bytes);
    }

    /// <summary>Replaces the policy of a learner; the rest of its state stays.</summary>
    /// <param name="learner">Of the same experiment.</param>
    /// <param name="reader">At what <see cref="Write"/> wrote.</param>
    /// <param name="updates">Updates before it.</param>
    internal static void Restore(OnPolicyLearner learner, BinaryReader reader, long updates)
    {
        var tensors = new Dictionary<string, Tensor>();
        foreach (var named in learner.Named())
        {
            var (name, tensor) = named;
            if (!IsPlayed(named))
            {
                tensors[name] = tensor;
                continue;
            }

            var read = torch.empty(tensor.shape, tensor.dtype, Libtorch.Cpu);
            reader.BaseStream.ReadExactly(read.bytes);
            tensors[name] = read;
        }

        var faults = learner.Restore(
            FuncConvert.FromFunc<string, FSharpOption<Tensor>?>(
                name => tensors.TryGetValue(name, out var tensor) ? FSharpOption<Tensor>.Some(tensor) : null), updates);
        if (faults.Count > 0)
            throw new InvalidOperationException(string.Join(' ', faults));
    }

    private static bool IsPlayed(Tuple<string, Tensor> named) => OnPolicyCheckpoint.IsPlayed(named.Item1);
}
