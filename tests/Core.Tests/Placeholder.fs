namespace Mtrl.Tests

open NUnit.Framework
open FsCheck.NUnit
open Mtrl.Tasks

[<TestFixture>]
module ``vectors`` =
    [<Property>]
    let ``a distance is symmetric`` (a: Vec3) (b: Vec3) =
        let ab, ba = Vec3.distance a b, Vec3.distance b a
        ab = ba || System.Double.IsNaN ab
