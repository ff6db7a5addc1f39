namespace MtrlFunctional.Tests.Networks

open NUnit.Framework
open FsCheck
open FsCheck.FSharp
open FsCheck.NUnit
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

/// Sizes of a projected network and of its input.
type Sizes = {
    Tasks: int
    Rows: int
    Inputs: int
    Hidden: int list
    Output: int
    Rank: int
    Shared: bool
    Residual: Residual
    /// Whether only some rows have a gradient.
    Few: bool
}

/// Tasks from one on, ranks from one on, one row, no hidden layer; half of them end in one number.
type Drawn =
    static member Sizes() =
        gen {
            let! tasks = Gen.choose (1, 5)
            let! rows = Gen.elements [ 1; 2; 3; 16; 33; 70 ]
            let! inputs = Gen.choose (1, 40)
            let! units = Gen.choose (1, 70)
            let! depth = Gen.choose (0, 3)
            let! output = Gen.oneof [ Gen.constant 1; Gen.choose (2, 9) ]
            let! rank = Gen.choose (1, 20)
            let! shared = Gen.elements [ true; false ]
            let! residual = Gen.elements [ NoResidual; NoResidual; SumResidual; LinearResidual ]

            let! few = Gen.elements [ true; false ]

            // Residuals need all projections: so small that a network keeps them.
            let! (tasks, inputs, units, rank) =
                if residual = NoResidual then
                    Gen.constant (tasks, inputs, units, rank)
                else
                    Gen.constant (tasks + 3, inputs + 10, units + 20, 1 + rank % 4)

            return {
                Tasks = tasks
                Rows = rows
                Inputs = inputs
                Hidden = List.replicate depth units
                Output = output
                Rank = rank
                Shared = shared
                Residual = residual
                Few = few
            }
        }
        |> Arb.fromGen

/// In float32 one native call computes a projected network; in float64 its layers are computed one by one.
[<TestFixture; Properties(Arbitrary = [| typeof<Drawn> |], MaxTest = 300)>]
module ``a projected network in one call`` =

    let private single = TensorOptions.cpu
    let private double = { TensorOptions.cpu with Numeric = Numeric.Float64 }

    let private build precision sizes : Module =
        let inputSizes = { Tasks = sizes.Tasks; Features = sizes.Inputs; Context = 0 }

        Network.build precision "net" inputSizes
        <| Projected {
            Shared = { Hidden = sizes.Hidden; Output = sizes.Output; Activation = Relu }
            Rank = sizes.Rank
            SharedProjections = sizes.Shared
            Residual = sizes.Residual
            Start = ZeroLastMap
        }

    /// Parameters of variance 1 / inputs, drawn in single precision.
    let private numbers options key (parameter: Parameter) =
        let shape = List.toArray parameter.Shape
        let inputs = if shape.Length < 2 then 1L else shape[shape.Length - 2]
        let drawn = Draw.normal single (Key.forPurpose parameter.Path key) shape
        Ops.ToType(Ops.MulScalar(drawn, 1.0 / sqrt (float inputs)), options.Numeric)

    /// The output, the weights of its gradient, and input (times `scale`) and parameters as far as `selects`
    /// selects them.
    let private recordAt scale precision options seed selects sizes =
        Ops.SetThreads 1
        let key = Key.ofSeed seed
        let network = build precision sizes
        let shape = [| int64 sizes.Tasks; int64 sizes.Rows; int64 sizes.Inputs |]

        let draw name shape =
            Ops.ToType(Draw.normal single (Key.forPurpose name key) shape, options.Numeric)

        let leaf name x = if selects name then Ops.Leaf x else x
        let x = scale *. draw "x" shape |> leaf "x"

        let weights: Weights =
            dict [ for p in network.Parameters -> p.Path, numbers options key p |> leaf p.Path ]
            |> System.Collections.ObjectModel.ReadOnlyDictionary
            :> _

        let y = network.Run weights (NetworkInput.ofRows x)
        let along = draw "along" (Ops.Shape y)
        let alive = draw "alive" [| shape[0]; shape[1]; 1L |]

        let along =
            if sizes.Few then
                let bound = Ops.FullLike(alive, 0.4)
                along .* Ops.ToType(Ops.Greater(alive, bound), options.Numeric)
            else
                along

        let leaves = [|
            if selects "x" then
                yield x
            for p in network.Parameters do
                if selects p.Path then
                    yield weights[p.Path]
        |]

        y, along, leaves

    let private record precision = recordAt 1.0 precision

    /// Output, then gradients of the selected leaves among input and parameters.
    let private runAt scale precision options seed selects sizes =
        let y, along, leaves = recordAt scale precision options seed selects sizes

        [
            yield Ops.ToDoubles y
            for gradient in Ops.GradWeighted(y, along, leaves) do
                yield Ops.ToDoubles gradient
        ]

    let private run precision = runAt 1.0 precision

    let private all (_: string) = true

    /// The largest difference by the largest number.
    let private distance (wanted: float[]) (found: float[]) =
        let largest = Array.fold (fun m x -> max m (abs x)) 1.0 wanted
        (Array.map2 (fun a b -> abs (a - b)) wanted found |> Array.max) / largest

    /// Whether a hidden sum is so near 0 that rounding may decide the ReLU: then gradients at an input a little
    /// larger and a little smaller differ.
    let private isAtKink seed sizes =
        let at scale =
            runAt scale Precision.Full double seed all sizes

        List.map2 distance (at 1.00001) (at 0.99999)
        |> List.tail
        |> List.exists (fun d -> d > 1e-3)

    [<Property>]
    let ``equals its layers one by one, and so do its gradients`` seed sizes =
        use _ = Ops.Scope()
        let wanted = run Precision.Full double seed all sizes
        let found = run Precision.Full single seed all sizes
        let distances = List.map2 distance wanted found
        let isNear = List.forall (fun d -> d < 1e-4)
        let gradients = isNear distances || isAtKink seed sizes
        let both = isNear [ distances.Head ] && gradients
        both |> Prop.label $"{distances}"

    [<Property(MaxTest = 50)>]
    let ``gives the same bits twice, for any selection of gradients`` seed sizes =
        use _ = Ops.Scope()

        let run selects =
            run Precision.Full single seed selects sizes

        let whole = run all
        let ofInput = run ((=) "x")
        let ofParameters = run ((<>) "x")
        ofInput = List.take 2 whole && ofParameters = whole.Head :: List.skip 2 whole

    /// Gradients of the squared length of the gradients.
    let private runTwice options seed sizes = [
        let y, along, leaves = record Precision.Full options seed all sizes
        let first = Ops.GradGraph(Ops.Sum(y .* along), leaves)
        let length = first |> Array.map (Ops.Square >> Ops.Sum) |> Array.reduce (.+)

        for gradient in Ops.Grad(length, leaves) do
            Ops.ToDoubles gradient
    ]

    [<Property(MaxTest = 50)>]
    let ``can be differentiated twice`` seed sizes =
        use _ = Ops.Scope()

        let distances =
            List.map2 distance (runTwice double seed sizes) (runTwice single seed sizes)


        let isNear = List.forall (fun d -> d < 1e-3) distances || isAtKink seed sizes
        isNear |> Prop.label $"{distances}"

    [<Property(MaxTest = 50)>]
    let ``does not change its input and its parameters`` seed sizes =
        use _ = Ops.Scope()
        let y, along, leaves = record Precision.Full single seed all sizes
        let after = Array.map Ops.ToFloats leaves
        Ops.GradWeighted(y, along, leaves) |> ignore
        let network = build Precision.Full sizes
        let key = Key.ofSeed seed

        let drawn = [| for p in network.Parameters -> Ops.ToFloats(numbers single key p) |]

        Array.tail after = drawn && Array.map Ops.ToFloats leaves = after

    /// In the Euclidean norm: near 0 a rounded unit may be on where the exact one is off.
    let private apart (wanted: float[]) (found: float[]) =
        let norm = Array.sumBy (fun x -> x * x) >> sqrt
        norm (Array.map2 (-) wanted found) / max 1e-30 (norm wanted)

    [<TestCase(1)>]
    [<TestCase(2)>]
    [<TestCase(3)>]
    let ``in bfloat16 is near float64`` seed =
        use _ = Ops.Scope()

        for tasks, rows, few in [ 1, 40, false; 4, 16, false; 4, 16, true; 3, 7, true ] do
            for output in [ 1; 6 ] do
                for isShared in [ true; false ] do
                    let sizes = {
                        Tasks = tasks
                        Rows = rows
                        Inputs = 20
                        Hidden = [ 48; 48; 48 ]
                        Output = output
                        Rank = 8
                        Shared = isShared
                        Residual = NoResidual
                        Few = few
                    }

                    let wanted = run Precision.Full double seed all sizes
                    let found = run Precision.BFloat16 single seed all sizes
                    let exact = run Precision.Full single seed all sizes

                    let distances = List.map2 apart wanted found
                    Assert.That(distances.Head, Is.LessThan 0.01, $"{sizes} {distances}")
                    // Sums over few rows that nearly cancel are the farthest.
                    Assert.That(List.average distances, Is.LessThan 0.12, $"{sizes} {distances}")
                    Assert.That(List.max distances, Is.LessThan 0.5, $"{sizes} {distances}")
                    Assert.That(found.Head, Is.Not.EqualTo exact.Head, "it is rounded")
