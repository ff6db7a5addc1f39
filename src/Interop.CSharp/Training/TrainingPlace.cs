using Mtrl.Experiments;
using Mtrl.Tensors;
using MtrlFunctional.Tensors;

namespace MtrlFunctional.Training;

/// <summary>Where and in which numbers an experiment computes.</summary>
internal static class TrainingPlace
{
    /// <summary>Element type and device of the learner's tensors.</summary>
    /// <exception cref="MtrlException">A GPU is asked for and there is none.</exception>
    internal static Place Of(Setup setup)
    {
        var numeric = setup.Precision.IsFp64 ? Numeric.Float64 : Numeric.Float32;
        return new Place(numeric, Ops.Device(Name(setup.Device)));
    }

    private static string Name(Device device)
    {
        if (device.IsCpu || (device.IsAuto && !Ops.IsCudaAvailable))
            return "cpu";
        var index = device is Device.Cuda cuda ? cuda.index : 0;
        return Ops.IsCudaAvailable
            ? $"cuda:{index}"
            : throw new MtrlException(
                $"setup.device = cuda:{index}: libtorch {Ops.LibtorchVersion} finds no GPU. Use setup.device=cpu, or set "
                + "LIBTORCH to a libtorch with CUDA and run './mtrl build'. 'mtrl doctor' shows what is there.");
    }
}
