namespace MtrlFunctional.Tests.Tensors

open FsCheck
open FsCheck.FSharp
open NUnit.Framework
open FsCheck.NUnit
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

[<TestFixture; Properties(Arbitrary = [| typeof<SomeParameters> |])>]
module ``a layout`` =

    let private double = { Numeric = Numeric.Float64; Device = Ops.Cpu }

    /// 0, 1, 2 …: the value of each number is its offset.
    let private counting layout =
        Ops.FromDoubles(Array.init (int layout.Length) float, [| layout.Length |])

    [<Property>]
    let ``puts every number into exactly one view`` parameters =
        use _ = Ops.Scope()
        let layout = Layout.create parameters
        let views = Layout.views layout (counting layout)

        let viewed =
            parameters |> List.map (fun p -> Ops.ToDoubles views[p.Path]) |> Array.concat

        viewed = Array.init (int layout.Length) float

    [<Property>]
    let ``gives each view its shape`` parameters =
        use _ = Ops.Scope()
        let layout = Layout.create parameters
        let views = Layout.views layout (counting layout)

        parameters
        |> List.forall (fun p -> List.ofArray (Ops.Shape views[p.Path]) = p.Shape)

    [<Property>]
    let ``flattens its views to the vector`` parameters =
        use _ = Ops.Scope()
        let layout = Layout.create parameters
        let views = Layout.views layout (counting layout)
        let again = Layout.flatten layout (fun p -> views[p.Path])
        Ops.ToDoubles again = Ops.ToDoubles(counting layout)

    [<Property>]
    let ``gives a parameter the same initial values in every network`` parameters seed =
        use _ = Ops.Scope()
        let key = Key.ofSeed seed

        let start parameters path =
            let layout = Layout.create parameters
            let weights = Layout.views layout (Layout.initialise double key layout)
            Ops.ToDoubles weights[path]

        let path = (List.last parameters).Path
        start parameters path = start [ List.last parameters ] path

[<TestFixture>]
module ``initial values`` =

    /// Of a uniform distribution within ±b the variance is b²/3.
    [<Test>]
    let ``of weights are uniform within Glorot's bound`` () =
        use _ = Ops.Scope()

        let layout =
            Layout.create [ Parameter.shared "weight" [ 2L; 60L; 40L ] XavierUniform ]

        let drawn =
            Ops.ToDoubles(Layout.initialise TensorOptions.cpu (Key.ofSeed 5L) layout)

        let bound = sqrt (6.0 / 100.0)
        Assert.That(drawn |> Array.forall (fun w -> abs w <= bound))
        Assert.That(Array.max drawn, Is.GreaterThan(0.99 * bound))
        let variance = drawn |> Array.averageBy (fun w -> w * w)
        Assert.That(variance, Is.EqualTo(bound * bound / 3.0).Within(5).Percent)
