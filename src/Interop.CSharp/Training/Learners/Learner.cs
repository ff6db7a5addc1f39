using MtrlFunctional.Agents;
using MtrlFunctional.Algorithms;
using MtrlFunctional.Processes;
using Precision = MtrlFunctional.Tensors.Precision;

namespace MtrlFunctional.Training;

/// <summary>Creates the learner of an experiment's agent.</summary>
internal static class Learner
{
    /// <summary>Creates an off-policy or on-policy learner. On the CPU a batch is split into as many parts as threads, which are a
    /// part of the run's identity, or into those of the configuration, which a crew shares; an exact one rounds no products to
    /// bfloat16.</summary>
    /// <exception cref="MtrlException">A GPU is requested but not available.</exception>
    internal static ILearner Create(
        Experiment experiment, EnvironmentSpec spec, int threads, Extensions extensions, bool isExact = false, Crew? crew = null)
    {
        var options = OptionsOf(experiment.Setup);
        var workers = options.Device.type == TorchSharp.DeviceType.CPU ? new DataParallel(threads) : null;
        return workers.HandedTo<DataParallel?, ILearner>(_ =>
        {
            var setting = new AgentSetting(
                spec,
                experiment.Setup.Precision.IsBf16 && !isExact ? Precision.BFloat16 : Precision.Full,
                PartsOf(experiment, (IShards?)workers ?? Shards.Serial(1), crew),
                OptionModule.OfObj(TaskEmbeddings.Of(experiment)!));
            return extensions.Agent(setting, experiment) switch
            {
                AnyAgent.OffPolicy agent => new OffPolicyLearner(experiment, agent, options, workers),
                AnyAgent.OnPolicy agent => new OnPolicyLearner(experiment, agent, options, workers),
                var other => throw new ArgumentException($"{other}: no learner has this kind of agent.", nameof(extensions)),
            };
        });
    }

    /// <summary>The parts of a batch. An on-policy agent cuts its minibatches itself.</summary>
    private static IShards PartsOf(Experiment experiment, IShards threads, Crew? crew)
    {
        var shards = crew is null ? threads : Shards.Shared(crew.Sums, threads);
        return ChoicesModule.IsOnPolicy(experiment.Choices) || experiment.Setup.Parts == 1 ? shards : shards.Cut(experiment.Setup.Parts);
    }

    /// <summary>Element type and device of the learner's tensors.</summary>
    /// <exception cref="MtrlException">A GPU is requested but not available.</exception>
    internal static TensorOptions OptionsOf(Setup setup) => new(
        setup.Precision.IsFp64 ? torch.ScalarType.Float64 : torch.ScalarType.Float32, Libtorch.Device(Name(setup.Device)));

    /// <summary>Threads of a run: from the configuration, else from the checkpoint, else from the machine.</summary>
    internal static int ThreadsOf(Experiment experiment, Checkpoint? checkpoint) =>
        OptionModule.ToNullable(experiment.Setup.Threads) ?? checkpoint?.Info.Threads ?? Processor.Threads;

    private static string Name(Device device)
    {
        if (device.IsCpu || (device.IsAuto && !Libtorch.IsCudaAvailable))
            return "cpu";

        // One GPU for each of the processes that a launcher started on this machine.
        var index = device is Device.Cuda cuda ? cuda.index
            : Launch.LocalRank(name => Environment.GetEnvironmentVariable(name) ?? "") % Math.Max(1, torch.cuda.device_count());
        return Libtorch.WithoutGpu(index) is not { } reason
            ? $"cuda:{index}"
            : throw new MtrlException(
                $"setup.device asks for GPU {index}, and {reason} Or use setup.device=cpu. 'mtrl doctor' shows what is there.");
    }
}
