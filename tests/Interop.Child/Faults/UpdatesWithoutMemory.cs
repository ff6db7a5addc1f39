using System.Runtime.InteropServices;
using MtrlFunctional.Experiments;
using MtrlFunctional.Tensors;
using MtrlFunctional.Training;
using TorchSharp;

namespace MtrlFunctional.Tests.Child;

/// <summary>
/// Updates of a real trainer, in each of which another large allocation fails: <c>memory.c</c>, which is preloaded. The update
/// is an error, and leaves the state as it was.
/// </summary>
internal static partial class UpdatesWithoutMemory
{
    private const int WarmUp = 12;

    /// <summary>Fails each <paramref name="stride"/>th allocation, until an update has no more; returns the messages.</summary>
    internal static IReadOnlyList<string> Run(string library, int stride, IEnumerable<string> words)
    {
        var loaded = NativeLibrary.Load(library);
        NativeLibrary.SetDllImportResolver(
            typeof(UpdatesWithoutMemory).Assembly, (name, _, _) => name == "memory" ? loaded : 0);
        var experiment = ExperimentBuilder.Resolve(words);
        using Trainer trainer = ChoicesModule.IsOnPolicy(experiment.Choices)
            ? new OnPolicyTrainer(experiment, null, Extensions.None)
            : new OffPolicyTrainer(experiment, null, Extensions.None);
        trainer.Begin();
        while (trainer.Learner.Updates < WarmUp || trainer.IsUnderway)
            trainer.Advance(() => { }, default);

        var messages = new List<string>();
        while (true)
        {
            var (before, allocation) = (State(trainer.Learner), stride * messages.Count);
            Arm(allocation);
            try
            {
                do
                    trainer.Advance(() => { }, default);
                while (trainer.IsUnderway);
                return Disarm() <= allocation
                    ? messages
                    : throw new InvalidOperationException($"allocation {allocation} failed, and the update did not");
            }
            catch (Exception e) when (e is not InvalidOperationException)
            {
                Disarm();
                messages.Add($"{e.GetType().Name}: {e.Message}");
            }

            if (!State(trainer.Learner).SequenceEqual(before))
                throw new InvalidOperationException($"allocation {allocation}: the state is another");
        }
    }

    private static double[] State(ILearner learner)
    {
        using var scope = torch.NewDisposeScope();
        return [.. learner.Named().SelectMany(named => named.Item2.ToDoubles())];
    }

    [LibraryImport("memory", EntryPoint = "memory_arm")]
    private static partial void Arm(nint allocation);

    [LibraryImport("memory", EntryPoint = "memory_disarm")]
    private static partial nint Disarm();
}
