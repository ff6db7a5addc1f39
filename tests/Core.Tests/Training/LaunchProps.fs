module MtrlFunctional.Tests.Training.LaunchProps

open Expecto
open MtrlFunctional.Training

let ``processes that a launcher started`` = [
    let size variables =
        let set = Map variables
        Launch.size (System.Func<_, _>(fun name -> Map.tryFind name set |> Option.defaultValue ""))

    testCase "are counted by the launcher's variables" (fun () ->
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
            size variables |> equals expected)

    testCase "are refused where MPI sees each alone" (fun () ->
        let refusal launched found =
            Launch.worldRefusal launched found "MPICH 4.0.2"

        refusal 8 8 |> equals None
        refusal 0 1 |> equals None

        match refusal 8 1 with
        | Some why ->
            why |> contains "8 processes"
            why |> contains "MPICH 4.0.2"
            why |> contains "--mpi=pmi2"
        | None -> failtest "not refused")

    testCase
        "are refused where they are bound to fewer processors than they have threads"
        (fun () ->
            Launch.bindingRefusal 4 4 8 |> equals None
            // More threads than the machine has processors are the user's wish.
            Launch.bindingRefusal 4 2 2 |> equals None

            match Launch.bindingRefusal 4 1 8 with
            | Some why ->
                why |> contains "--bind-to none"
                why |> contains "1 of 8"
            | None -> failtest "not refused")

    testCase "differ in the first fact that is not that of rank 0" (fun () ->
        let facts words version = [ "the command", words; "the program", version ]

        let found =
            Launch.differences [ facts "train a" "1"; facts "train a" "1"; facts "train b" "2" ]

        found |> equals [ "rank 2: the command is train b, on rank 0 train a" ])

    testCase "have more patience after a long iteration" (fun () ->
        Launch.patience 60.0 2.0 |> equals 60.0
        Launch.patience 60.0 30.0 |> equals 300.0)
]
