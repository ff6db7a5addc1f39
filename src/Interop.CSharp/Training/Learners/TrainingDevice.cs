namespace MtrlFunctional.Training;

/// <summary>Device and number format of an experiment.</summary>
internal static class TrainingDevice
{
    /// <summary>Element type and device of the learner's tensors.</summary>
    /// <exception cref="MtrlException">A GPU is requested but not available.</exception>
    internal static TensorOptions Of(Setup setup)
    {
        var type = setup.Precision.IsFp64 ? torch.ScalarType.Float64 : torch.ScalarType.Float32;
        return new TensorOptions(type, Libtorch.Device(Name(setup.Device)));
    }

    /// <summary>Precision of large matrix products.</summary>
    internal static MtrlFunctional.Tensors.Precision PrecisionOf(Setup setup) => setup.Precision.IsBf16
        ? MtrlFunctional.Tensors.Precision.BFloat16
        : MtrlFunctional.Tensors.Precision.Full;

    /// <summary>Threads that share a batch on the CPU; null on a GPU.</summary>
    internal static DataParallel? Workers(TensorOptions options, int threads) =>
        options.Device.type == TorchSharp.DeviceType.CPU ? new DataParallel(threads) : null;

    /// <summary>Threads of a run: from the configuration, else from the checkpoint, else from the machine.</summary>
    internal static int ThreadsOf(Experiment experiment, Checkpoint? checkpoint) =>
        OptionModule.ToNullable(experiment.Setup.Threads) ?? checkpoint?.Info.Threads ?? Processor.Threads;

    private static string Name(Device device)
    {
        if (device.IsCpu || (device.IsAuto && !Libtorch.IsCudaAvailable))
            return "cpu";
        var index = device is Device.Cuda cuda ? cuda.index : 0;
        return Libtorch.IsCudaAvailable
            ? $"cuda:{index}"
            : throw new MtrlException(
                $"setup.device = cuda:{index}: libtorch {Libtorch.Version} finds no GPU. Use setup.device=cpu, or "
                + "build for a GPU: 'MTRL_CUDA=1 ./mtrl build'. 'mtrl doctor' shows what is there.");
    }
}
