module MtrlFunctional.Tests.Algorithms.SacDeviceTests

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples

/// Needs a GPU and a libtorch that knows it.
let ``soft actor-critic on a GPU`` = [
    testCase "learns as on the CPU" (fun () ->
        if not Libtorch.IsCudaAvailable then
            skiptest "There is no GPU, or this libtorch does not know it."

        use _ = TorchSharp.torch.NewDisposeScope()
        let device = Libtorch.Device "cuda:0"

        for config in networks do
            let agent, batch = agent config, batchOf config 8 1L

            let onGpu =
                SacState.create agent (MtrlFunctional.Randomness.Key.ofSeed 3L) {
                    double with
                        Device = device
                }

            numbers onGpu |> equals (numbers (fresh config))
            let expected, _ = Sac.update agent (fresh config) batch
            let actual, metrics = Sac.update agent onGpu (Batch.onDevice device batch)
            largestDifference (numbers expected) (numbers actual) |> isBelow 1e-10
            Metrics.read metrics |> isNotEmpty
            let places = SacState.owns actual |> Seq.map (fun x -> string (Tensor.device x))
            places |> areAll "cuda:0")
]
