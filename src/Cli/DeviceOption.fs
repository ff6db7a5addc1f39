/// The option `--device` of commands that compute on the CPU or on a GPU.
module MtrlFunctional.Cli.DeviceOption

open MtrlFunctional
open MtrlFunctional.Tensors

/// The device of a name: cpu, cuda or cuda:0.
/// Raises MtrlException for other names, and where no GPU is found.
let read name =
    let device =
        try
            Libtorch.Device name
        with :? System.ArgumentException as e ->
            refuse $"--device {name}: {e.Message}"

    if not (Libtorch.IsCpu device) && not Libtorch.IsCudaAvailable then
        refuse
            $"--device {name}: libtorch {Libtorch.Version} finds no GPU. MTRL_CUDA=1 ./mtrl build builds for one."

    device
