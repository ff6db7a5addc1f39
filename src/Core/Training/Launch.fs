/// Processes that a launcher (mpirun, srun) started together, and the checks before they train as one: rank 0 is the process that
/// leads.
module internal MtrlFunctional.Training.Launch

open System
open System.Globalization
open MtrlFunctional

/// Each has the number of processes, in the order in which they are asked.
let private sizes = [
    "OMPI_COMM_WORLD_SIZE" // mpirun of Open MPI
    "PMI_SIZE" // mpirun of MPICH and Intel MPI; srun --mpi=pmi2
    "SLURM_STEP_NUM_TASKS" // srun
]

let private whole (text: string) =
    match Int32.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture) with
    | true, number -> Some number
    | _ -> None

/// The number of processes that a launcher started with this one, by the environment; none: it started no other. `variable` is
/// the value of a variable, empty if it is not set. Of an unknown number, as of PMIx alone, 0.
[<CompiledName("Size")>]
let size (variable: Func<string, string>) : int option =
    match sizes |> List.tryPick (variable.Invoke >> whole) with
    | Some 1 -> None
    | None when variable.Invoke "PMIX_RANK" = "" -> None
    | found -> found |> Option.orElse (Some 0)

/// The number of this process on its machine, from 0, by the environment; 0 without a launcher. `variable` as in `size`.
[<CompiledName("LocalRank")>]
let localRank (variable: Func<string, string>) : int =
    [ "OMPI_COMM_WORLD_LOCAL_RANK"; "MPI_LOCALRANKID"; "SLURM_LOCALID" ]
    |> List.tryPick (variable.Invoke >> whole)
    |> Option.defaultValue 0

/// Names of MPI libraries, the launcher's own first: libmpi.so.40 is Open MPI, the others are MPICH and its relatives.
[<CompiledName("Libraries")>]
let libraries (variable: Func<string, string>) =
    let openMpi, mpich = [ "libmpi.so.40" ], [ "libmpi.so.12"; "libmpich.so.12" ]

    if variable.Invoke "PMI_SIZE" <> "" && variable.Invoke "OMPI_COMM_WORLD_SIZE" = "" then
        mpich @ openMpi
    else
        openMpi @ mpich

/// The refusal of processes that MPI does not see as the launcher started them: each would train the same run. None if it does.
[<CompiledName("WorldRefusal")>]
let worldRefusal launched found library =
    if launched <= 1 || launched = found then
        None
    else
        Some
            $"the launcher started {Digits.grouped launched} processes, of which MPI ({library}) sees {Digits.grouped found}: launcher and library do not belong together. Start with the mpirun of that library; under Slurm with 'srun --mpi=pmix' (Open MPI) or 'srun --mpi=pmi2' (MPICH), see 'srun --mpi=list'. --alone trains in each process for itself."

/// The refusal of a process that may use fewer processors than it has threads, because the launcher bound it; none if it may
/// use enough, or all of the machine.
[<CompiledName("BindingRefusal")>]
let bindingRefusal threads allowed machine =
    if threads <= allowed || allowed >= machine then
        None
    else
        Some
            $"{Digits.grouped threads} threads, but the launcher bound the process to {Digits.grouped allowed} of {Digits.grouped machine} processors. Use 'mpirun --bind-to none' or 'mpirun --map-by slot:PE={threads}', 'srun --cpus-per-task={threads}', or setup.threads={allowed}."

/// Seconds without a message from the other processes after which a process ends the job.
[<CompiledName("Patience")>]
let patience (least: float) (longestIteration: float) = max least (10.0 * longestIteration)

/// What must be equal in all processes, or they would not do the same: names and values.
type Facts = (string * string) list

/// The first fact in which each rank differs from rank 0, as text; empty if none does.
[<CompiledName("Differences")>]
let differences (ranks: Facts list) = [
    for rank, facts in List.indexed ranks do
        match List.zip ranks.Head facts |> List.tryFind (fun (first, own) -> first <> own) with
        | Some((name, first), (_, own)) -> $"rank {rank}: {name} is {own}, on rank 0 {first}"
        | None -> ()
]
