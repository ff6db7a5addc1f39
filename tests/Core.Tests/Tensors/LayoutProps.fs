module MtrlFunctional.Tests.Tensors.LayoutProps

open Expecto
open FsCheck
open FsCheck.FSharp
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

/// Parameters of up to three dimensions, paths all different.
type SomeParameters =
    static member List() =
        let parameter i =
            gen {
                let! dimensions = Gen.choose (1, 3)
                let! shape = Gen.listOfLength dimensions (Gen.choose (1, 4) |> Gen.map int64)
                let! start = Gen.elements [ Zeros; Ones; StandardNormal ]

                return Parameter.shared $"part/{i}" shape start
            }

        gen {
            let! count = Gen.choose (1, 6)
            return! Gen.collectToList parameter [ 1..count ]
        }
        |> Arb.fromGen

let ``a layout`` = [
    let law name =
        testLaw 100 [ typeof<SomeParameters> ] name

    let double = { ScalarType = ScalarType.Float64; Device = Libtorch.Cpu }

    // 0, 1, 2 …: the value of each number is its offset.
    let counting layout =
        Tensor.ofDoubles [| layout.Length |] (Array.init (int layout.Length) float)

    law "puts every number into exactly one view" (fun parameters ->
        let layout = Layout.create parameters
        let views = Layout.views layout (counting layout)

        let viewed =
            parameters |> List.map (fun p -> Tensor.toDoubles views[p.Path]) |> Array.concat

        viewed = Array.init (int layout.Length) float)

    law "gives each view its shape" (fun parameters ->
        let layout = Layout.create parameters
        let views = Layout.views layout (counting layout)

        parameters
        |> List.forall (fun p -> List.ofArray (Tensor.shape views[p.Path]) = p.Shape))

    testTheory "gives each task the numbers that are given for one" [
        Given [| 1.0; 2.0; 3.0; 4.0 |]
        Diagonal
    ]
    <| fun initialiser ->
        let start parameter =
            Layout.create [ parameter ]
            |> Layout.initialise double (Key.ofSeed 1L)
            |> Tensor.toDoubles

        let one = start (Parameter.shared "x" [ 2L; 2L ] initialiser)

        start (Parameter.perTask "x" 3 [ 2L; 2L ] initialiser)
        |> equals (Array.concat [ one; one; one ])

    law "gives a parameter the same initial values in every network" (fun parameters seed ->
        let key = Key.ofSeed seed

        let start parameters path =
            let layout = Layout.create parameters
            let weights = Layout.views layout (Layout.initialise double key layout)
            Tensor.toDoubles weights[path]

        let path = (List.last parameters).Path
        start parameters path = start [ List.last parameters ] path)
]

let ``initial values`` = [
    // Of a uniform distribution within ±b the variance is b²/3.
    testCase "of weights are uniform within Glorot's bound" (fun () ->
        let layout =
            Layout.create [ Parameter.shared "weight" [ 2L; 60L; 40L ] XavierUniform ]

        let drawn =
            Tensor.toDoubles (Layout.initialise TensorOptions.cpu (Key.ofSeed 5L) layout)

        let bound = sqrt (6.0 / 100.0)
        drawn |> Array.forall (fun w -> abs w <= bound) |> isTrue
        Array.max drawn |> isAbove (0.99 * bound)
        let variance = drawn |> Array.averageBy (fun w -> w * w)
        let expected = bound * bound / 3.0
        variance |> isWithin (0.05 * expected) expected)

    // W Wᵀ = 2 I, or Wᵀ W = 2 I where the columns are fewer, for the matrix W of the centre tap.
    testLaw
        40
        []
        "of convolutions are a multiple of an orthogonal matrix at the centre tap"
        (fun (PositiveInt a) (PositiveInt b) seed ->
            let a, b = int64 (a % 40 + 1), int64 (b % 40 + 1)

            let layout =
                Layout.create [ Parameter.shared "weight" [ a; b; 3L; 3L ] DeltaOrthogonal ]

            let double = { ScalarType = ScalarType.Float64; Device = Libtorch.Cpu }

            let taps =
                Tensor.reshape [| a; b; 9L |] (Layout.initialise double (Key.ofSeed seed) layout)

            let isZero tap =
                Tensor.item (Tensor.norm (Tensor.select 2 tap taps)) = 0.0

            let w = Tensor.select 2 4L taps
            let transposed = Tensor.transpose 0 1 w

            let product =
                if a <= b then
                    Tensor.matMul w transposed
                else
                    Tensor.matMul transposed w

            let size = int (min a b)

            let isTwiceIdentity =
                Tensor.toDoubles product
                |> Array.indexed
                |> Array.forall (fun (k, x) ->
                    abs (x - (if k / size = k % size then 2.0 else 0.0)) < 1e-12)

            isTwiceIdentity && [ 0L; 1L; 2L; 3L; 5L; 6L; 7L; 8L ] |> List.forall isZero)

    // The sign of each entry is as often positive as negative: no direction is preferred.
    testCase "of convolutions have no preferred sign" (fun () ->
        let shape = [ 1L; 2L; 1L; 1L ]
        let layout = Layout.create [ Parameter.shared "weight" shape DeltaOrthogonal ]

        let positive =
            [ 1L .. 400L ]
            |> List.map (fun seed ->
                let w = Layout.initialise TensorOptions.cpu (Key.ofSeed seed) layout
                Tensor.toDoubles w |> Array.map (fun x -> if x > 0.0 then 1 else 0))
            |> List.reduce (Array.map2 (+))

        positive |> Seq.iter (isInRange 150 250))
]
