namespace Mtrl.Tests.Algorithms

open NUnit.Framework
open Mtrl.Algorithms
open Mtrl.Tensors
open MtrlFunctional.Tensors
open Mtrl.Tests.Algorithms.Examples

[<TestFixture>]
module ``a soft actor-critic update`` =

    [<Test>]
    let ``gives the same bits for the same inputs, and leaves them alone`` () =
        use _ = Ops.Scope()

        for config in [ config; encoded ] do
            let agent, state, batch = agent config, state config, batch config 8 1L
            let before = numbers state
            let first, _ = Sac.update agent state batch
            let second, _ = Sac.update agent state batch
            Assert.That((numbers second = numbers first))
            Assert.That((numbers state = before))
            Assert.That((numbers first <> before))
