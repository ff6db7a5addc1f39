namespace MtrlFunctional.Tests.Algorithms

open NUnit.Framework
open MtrlFunctional.Algorithms
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples

/// Needs a GPU and a libtorch that knows it.
[<TestFixture; Category "gpu">]
module ``soft actor-critic on a GPU`` =

    [<Test>]
    let ``learns as on the CPU`` () =
        if not Libtorch.IsCudaAvailable then
            Assert.Ignore "There is no GPU, or this libtorch does not know it."

        use _ = TorchSharp.torch.NewDisposeScope()
        let device = Libtorch.Device "cuda:0"

        for config in networks do
            let agent, batch = agent config, batchOf config 8 1L

            let onGpu =
                SacState.create agent (MtrlFunctional.Randomness.Key.ofSeed 3L) {
                    double with
                        Device = device
                }

            Assert.That((numbers onGpu = numbers (fresh config)))
            let expected, _ = Sac.update agent (fresh config) batch
            let actual, metrics = Sac.update agent onGpu (Batch.onDevice device batch)
            Assert.That(largestDifference (numbers expected) (numbers actual), Is.LessThan 1e-10)
            Assert.That(Metrics.read metrics, Is.Not.Empty)
            let places = SacState.owns actual |> Seq.map (fun x -> string (Tensor.device x))
            Assert.That(places, Is.All.EqualTo "cuda:0")
