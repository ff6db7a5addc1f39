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

    if not (Libtorch.IsCpu device) then
        match Libtorch.WithoutGpu device.index with
        | null -> ()
        | reason -> refuse $"--device {name}: {reason}"

    device
