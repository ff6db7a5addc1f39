/// Seeds of Gym's environments (Brockman et al. 2016, arXiv:1606.01540), version 0.18.
module internal MtrlFunctional.Randomness.GymSeed

open System
open System.Globalization
open System.Security.Cryptography
open System.Text

/// The words that seed the Mersenne Twister: the first 8 bytes of the SHA-512 hash of the decimal seed,
/// low word first.
let words (seed: int64) : uint32[] =
    let text = seed.ToString CultureInfo.InvariantCulture
    let hash = SHA512.HashData(Encoding.ASCII.GetBytes text)
    [| BitConverter.ToUInt32(hash, 0); BitConverter.ToUInt32(hash, 4) |]
