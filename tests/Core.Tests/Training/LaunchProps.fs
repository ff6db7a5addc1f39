namespace MtrlFunctional.Tests.Training

open NUnit.Framework
open MtrlFunctional.Training

[<TestFixture>]
module ``processes that a launcher started`` =
    let private size variables =
        let set = Map variables
        Launch.size (System.Func<_, _>(fun name -> Map.tryFind name set |> Option.defaultValue ""))

    [<Test>]
    let ``are counted by the launcher's variables`` () =
        let cases = [
            [], None
            [ "OMPI_COMM_WORLD_SIZE", "1" ], None
            [ "OMPI_COMM_WORLD_SIZE", "4"; "SLURM_STEP_NUM_TASKS", "1" ], Some 4
            [ "PMI_SIZE", "3" ], Some 3
            [ "PMIX_RANK", "0"; "SLURM_STEP_NUM_TASKS", "8" ], Some 8
            // Without PMIx or PMI: they cannot see each other, which is refused.
            [ "SLURM_STEP_NUM_TASKS", "8" ], Some 8
            [ "PMIX_RANK", "0" ], Some 0
            [ "SLURM_NTASKS", "8" ], None
        ]

        for variables, expected in cases do
            Assert.That(size variables, Is.EqualTo expected, $"{variables}")

    [<Test>]
    let ``are refused where MPI sees each alone`` () =
        let refusal launched found =
            Launch.worldRefusal launched found "MPICH 4.0.2"

        Assert.That(refusal 8 8, Is.EqualTo None)
        Assert.That(refusal 0 1, Is.EqualTo None)

        match refusal 8 1 with
        | Some why ->
            Assert.That(why, Does.Contain("8 processes").And.Contain("MPICH 4.0.2"))
            Assert.That(why, Does.Contain "--mpi=pmi2")
        | None -> Assert.Fail "not refused"

    [<Test>]
    let ``are refused where they are bound to fewer processors than they have threads`` () =
        Assert.That(Launch.bindingRefusal 4 4 8, Is.EqualTo None)
        // More threads than the machine has processors are the user's wish.
        Assert.That(Launch.bindingRefusal 4 2 2, Is.EqualTo None)

        match Launch.bindingRefusal 4 1 8 with
        | Some why -> Assert.That(why, Does.Contain("--bind-to none").And.Contain("1 of 8"))
        | None -> Assert.Fail "not refused"

    [<Test>]
    let ``differ in the first fact that is not that of rank 0`` () =
        let facts words version = [ "the command", words; "the program", version ]

        let found =
            Launch.differences [ facts "train a" "1"; facts "train a" "1"; facts "train b" "2" ]

        Assert.That((found = [ "rank 2: the command is train b, on rank 0 train a" ]), $"{found}")

    [<Test>]
    let ``have more patience after a long iteration`` () =
        Assert.That(Launch.patience 60.0 2.0, Is.EqualTo 60.0)
        Assert.That(Launch.patience 60.0 30.0, Is.EqualTo 300.0)
