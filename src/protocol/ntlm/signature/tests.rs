use super::*;

fn key(text: &str) -> Zeroizing<[u8; 16]> {
    let signature = Signature::read(text).expect("sixteen bytes");
    Zeroizing::new(signature.0)
}

fn captured() -> SessionKeys {
    SessionKeys::of(&key("6742fbe37bb1946b49d86a525bd29a9b"), Flags(0x6298_8255))
}

fn pairs(keys: &SessionKeys) -> [String; 4] {
    let Kind::Extended { to_server, to_client } = &keys.0 else { panic!("extended") };
    [&to_server.sign, &to_client.sign, &to_server.seal, &to_client.seal].map(|key| Signature(**key).to_string())
}

#[test]
fn the_keys_are_those_of_the_capture_and_of_the_specification() {
    assert_eq!(
        pairs(&captured()),
        [
            "ea5e87c195ae65338f7c023e7600690d",
            "0151fe94dba8c83f3c6a6e5444ae54b4",
            "83013a189002d3abad49c4c8f605ecc8",
            "2a2e34e8d420c039e8f31cb9e8e0cd88"
        ]
    );
    let [sign, _, seal, _] = pairs(&SessionKeys::of(&Zeroizing::new([0x55; 16]), Flags(0x6298_8255)));
    assert_eq!(
        (sign.as_str(), seal.as_str()),
        ("4788dc861b4782f35d43fd98fe1a2d39", "59f600973cc4960a25480a7c196e4c58")
    );
}

#[test]
fn text_is_sealed_and_signed_as_in_the_specification() {
    // [MS-NLMP] 4.2.4.4, in connection mode: the stream that encrypts is the one whose next
    // bytes would be the checksum's; without that step the checksum is plain.
    let keys = SessionKeys::of(&Zeroizing::new([0x55; 16]), Flags(0x6298_8255));
    let Kind::Extended { to_server, .. } = &keys.0 else { panic!("extended") };
    let mut text: Vec<u8> = "Plaintext".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let sum = hmac(&to_server.sign, &[&0_u32.to_le_bytes(), &text]);
    let sum: String = sum.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(sum, "70352851f2564309");
    rc4(&to_server.seal, &mut text);
    let sealed: String = text.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(sealed, "54e50165bf1936dc996020c1811b0f06fb5f");
}

const TEXT: &[u8] = b"<NTLM><13317733><1><SIP Communications Service><cosmo-ocs-r2.cosmo.local><4037df9284354df39065195bd57a4b14><3><REGISTER><sip:user@cosmo.local><3e49177a52><sip:user@cosmo.local><><><><>";

#[test]
fn every_byte_of_the_text_and_of_the_signature_counts() {
    let keys = captured();
    let signature = Signature::read("0100000029618e9651b65a7764000000").expect("a signature");
    assert_eq!(keys.sign(Direction::ToServer, TEXT), signature);
    assert!(!keys.verify(Direction::ToClient, TEXT, signature), "the other direction");
    for at in 0..TEXT.len() {
        let mut other = TEXT.to_vec();
        if let Some(byte) = other.get_mut(at) {
            *byte ^= 1;
        }
        assert!(!keys.verify(Direction::ToServer, &other, signature), "byte {at} of the text");
    }
    for at in 0..16 {
        let mut other = signature;
        if let Some(byte) = other.0.get_mut(at) {
            *byte ^= 1;
        }
        assert!(!keys.verify(Direction::ToServer, TEXT, other), "byte {at} of the signature");
    }
}

#[test]
fn the_number_is_always_a_hundred_and_the_stream_begins_anew() {
    let keys = captured();
    let signature = keys.sign(Direction::ToServer, TEXT);
    assert_eq!(keys.sign(Direction::ToServer, TEXT), signature, "the second message as the first");
    for sequence in [0, 1, 99, 101] {
        let other = keys.sign_as(Direction::ToServer, TEXT, sequence);
        assert!(!keys.verify(Direction::ToServer, TEXT, other), "sequence {sequence}");
    }
    // A server whose stream runs on signs the second message with its next eight bytes.
    let Kind::Extended { to_server, .. } = &keys.0 else { panic!("extended") };
    let number = SEQUENCE.to_le_bytes();
    let sum = hmac(&to_server.sign, &[&number, TEXT]);
    let mut running = [0; 16];
    running[8..].copy_from_slice(&sum[..8]);
    rc4(&md5(&[to_server.seal.as_slice(), &number]), &mut running);
    let mut other = signature;
    other.0[4..12].copy_from_slice(&running[8..]);
    assert!(!keys.verify(Direction::ToServer, TEXT, other));
}

#[test]
fn old_servers_sign_a_checksum() {
    let text = b"<NTLM><0878F41B><1><SIP Communications Service><ocs1.ocs.provo.novell.com><8592g5DCBa1694i5887m0D0Bt2247b3F38xAE9Fx><3><REGISTER><sip:gabriel@ocs.provo.novell.com><2947328781><B816D65C2300A32CFA6D371F2AF537FD><900><200>";
    let flags = Flags(0x6298_8255 & !Flags::EXTENDED_SESSION_SECURITY.0);
    let keys = SessionKeys::of(&key("5f029153bc025058969548615e7099ba"), flags);
    let signature = Signature::read("0100000000000000BF2E52667DDF6DED").expect("a signature");
    assert_eq!(keys.sign(Direction::ToClient, text), signature);
    let padded = Signature::read("010000006f006900BF2E52667DDF6DED").expect("a signature");
    assert!(keys.verify(Direction::ToClient, text, padded), "what is filled at random doesn't count");
    for at in [0, 8, 11, 12, 15] {
        let mut other = signature;
        if let Some(byte) = other.0.get_mut(at) {
            *byte ^= 1;
        }
        assert!(!keys.verify(Direction::ToClient, text, other), "byte {at}");
    }
    assert!(!keys.verify(Direction::ToClient, &text[..text.len() - 1], signature));
}

#[test]
fn only_sixteen_bytes_in_hexadecimal_are_a_signature() {
    for text in [
        "",
        "01",
        "0100000029618e9651b65a776400000",
        "0100000029618e9651b65a77640000zz",
        "é100000029618e9651b65a776400000",
    ] {
        assert_eq!(Signature::read(text), None, "{text}");
    }
    assert_eq!(
        Signature::read("01000000E615438A917661BE64000000").map(|one| one.to_string()).as_deref(),
        Some("01000000e615438a917661be64000000")
    );
}
